// A guest takes a processor of its own: guests side by side on a host with two would only make each other's waits longer.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
