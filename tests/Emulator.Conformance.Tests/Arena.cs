namespace Emulator.Conformance.Tests;

/// <summary>
/// The linear addresses that a case may use, the same natively and in the guest. Below 2 GiB, so that 32-bit addresses reach them.
/// </summary>
public static class Arena
{
    public const int PageSize = 0x1000;

    /// <summary>Where everything starts.</summary>
    public const ulong Start = 0x2000_0000;

    /// <summary>Writable, executable pages for the instructions under test; filled with INT3.</summary>
    public const ulong Code = Start + 0x1000;
    public const int CodeSize = 2 * PageSize;

    /// <summary>Writable data that is compared byte by byte; pages on both sides are not mapped.</summary>
    public const ulong Data = Start + 0x8000;
    public const int DataSize = 2 * PageSize;

    /// <summary>Where memory operands usually lie: far enough from the ends for every operand.</summary>
    public const ulong DataMiddle = Data + PageSize;

    /// <summary>A page that may be read but not written.</summary>
    public const ulong ReadOnly = Start + 0xc000;
    public const int ReadOnlySize = PageSize;

    /// <summary>A page that is not mapped.</summary>
    public const ulong Unmapped = Start + 0xe000;

    /// <summary>End of the addresses whose faults are the case's.</summary>
    public const ulong End = Start + 0x1_0000;

    /// <summary>The native stubs and the state they load and store; not mapped in the guest.</summary>
    public const ulong Stub = Start + 0x2_0000;
    public const int StubSize = PageSize;
    public const ulong State = Start + 0x2_1000;
    public const int StateSize = 6 * PageSize;

    /// <summary>What code pages are filled with: arriving there ends a case.</summary>
    public const byte Landing = 0xcc;
}
