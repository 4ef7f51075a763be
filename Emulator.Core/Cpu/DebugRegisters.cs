namespace Emulator.Core.Cpu;

/// <summary>DR6 and DR7 (SDM Vol. 3B, 17.2).</summary>
public static unsafe class DebugRegisters
{
    /// <summary>DR6: access to a debug register while DR7.GD is set.</summary>
    public const ulong BD = 1 << 13;

    /// <summary>DR6: single step.</summary>
    public const ulong BS = 1 << 14;

    /// <summary>DR6: switch to a task whose TSS has T set.</summary>
    public const ulong BT = 1 << 15;

    /// <summary>DR6 bits that read as 1.</summary>
    public const ulong Dr6Fixed = 0xffff_0ff0;

    /// <summary>DR6 bits that software may write.</summary>
    public const ulong Dr6Writable = 0xe00f;

    /// <summary>DR7 bit that reads as 1.</summary>
    public const ulong Dr7Fixed = 0x400;

    /// <summary>DR7 bits that software may write.</summary>
    public const ulong Dr7Writable = 0xffff_23ff;

    /// <summary>DR7: general detect.</summary>
    public const ulong GD = 1 << 13;

    /// <summary>Sets the conditions of a #DB in DR6 and clears DR7.GD, so that the handler may use the registers.</summary>
    public static void Enter(CpuState* s, ulong conditions)
    {
        s->Dr[6] = (((s->Dr[6] & ~0xful) | conditions) & Dr6Writable) | Dr6Fixed;
        ClearGeneralDetect(s);
    }

    /// <summary>A debug handler may use the debug registers.</summary>
    public static void ClearGeneralDetect(CpuState* s) => s->Dr[7] &= ~GD;

    /// <summary>A task switch clears L0 to L3 and LE (SDM Vol. 3A, 7.3).</summary>
    public static void ClearLocalEnables(CpuState* s) => s->Dr[7] &= ~0x155ul;
}
