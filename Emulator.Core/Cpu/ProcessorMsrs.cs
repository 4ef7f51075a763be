namespace Emulator.Core.Cpu;

/// <summary>Model-specific registers that no instruction reads on its own.</summary>
public sealed unsafe partial class Processor
{
    /// <summary>IA32_PAT.</summary>
    public ulong Pat { get; set; }

    private void ResetMsrs()
    {
        var s = State;
        s->Star = 0;
        s->LStar = 0;
        s->CStar = 0;
        s->SyscallMask = 0;
        s->KernelGsBase = 0;
        s->SysenterCs = 0;
        s->SysenterEsp = 0;
        s->SysenterEip = 0;
        s->TscAux = 0;
    }
}
