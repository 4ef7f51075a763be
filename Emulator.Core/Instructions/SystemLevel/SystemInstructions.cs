namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>The families of system instructions.</summary>
public static class SystemInstructions
{
    /// <summary>Adds the rows of every family.</summary>
    public static void AddTo(InstructionTable table)
    {
        Interrupts.AddTo(table);
        FarControlFlow.AddTo(table);
        SegmentRegisters.AddTo(table);
        SystemFlags.AddTo(table);
        ControlRegisters.AddTo(table);
        DescriptorTableRegisters.AddTo(table);
        DescriptorQueries.AddTo(table);
        FastSystemCalls.AddTo(table);
        MachineRegisters.AddTo(table);
        PortInstructions.AddTo(table);
        CacheInstructions.AddTo(table);
        DebugRegisterMoves.AddTo(table);
        MonitorWait.AddTo(table);
    }
}
