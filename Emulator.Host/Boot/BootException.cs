using Emulator.Host.Cli;

namespace Emulator.Host.Boot;

/// <summary>An image that cannot be booted: one line that names the option and file, what is wrong, and the mend.</summary>
public sealed class BootException(string subject, string problem, string mend) : UserErrorException(subject, problem, mend);
