namespace Emulator.Conformance.Tests.Native;

/// <summary>Addresses of what the stubs load and store, all within <see cref="Arena.State"/>.</summary>
internal static class StubState
{
    public const ulong ExtendedIn = Arena.State;
    public const ulong ExtendedOut = Arena.State + 0x1000;
    public const ulong GprIn = Arena.State + 0x2000;
    public const ulong FlagsIn = GprIn + 0x80;
    public const ulong Target = GprIn + 0x88;
    public const ulong HostRsp = GprIn + 0x90;
    public const ulong HostMxcsr = GprIn + 0x98;
    public const ulong HostControlWord = GprIn + 0xa0;
    public const ulong GprOut = GprIn + 0x100;
    public const ulong FlagsOut = GprIn + 0x180;
    public const ulong FaultSeen = GprIn + 0x200;
    public const ulong FaultVector = GprIn + 0x208;
    public const ulong FaultError = GprIn + 0x210;
    public const ulong FaultCr2 = GprIn + 0x218;
    public const ulong FaultRip = GprIn + 0x220;
    public const ulong FaultFlags = GprIn + 0x228;

    /// <summary>The handlers that were there before, by signal number.</summary>
    public const ulong OldHandlers = GprIn + 0x300;

    /// <summary>A signal stack for threads that have none.</summary>
    public const ulong SignalStack = Arena.State + 0x3000;
    public const int SignalStackSize = 0x3000;
}
