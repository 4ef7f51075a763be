using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Emulator.Conformance.Tests.Cases;

namespace Emulator.Conformance.Tests.Native;

/// <summary>
/// The host CPU as a judge: runs a case's instructions on a state and reads back what became of it. No native code is shipped: the stubs
/// are assembled at run time. One per process at a time, used on the thread that made it.
/// </summary>
public sealed unsafe class NativeProcessor : IDisposable
{
    private const int LegacyEnd = MachineState.LegacySize;
    private const int YmmOffset = 576;
    private const int JumpLength = 5;
    private const ulong StackFrameFlags = 0x10000;

    private readonly StubAssembler _stubs;
    private readonly FaultCatcher _faults;
    private readonly uint _components;

    /// <summary>Maps the arena and installs the stubs.</summary>
    public NativeProcessor()
    {
        if (WhyNot() is { } reason)
        {
            throw new PlatformNotSupportedException(reason);
        }

        // CPUID.1:ECX.AVX. Not Avx.IsSupported, which .NET's settings can switch off.
        _components = (X86Base.CpuId(1, 0).Ecx & (1 << 28)) != 0 ? 7u : 3u;
        MapPages(Arena.Code, Arena.CodeSize, LinuxCalls.ProtRead | LinuxCalls.ProtWrite | LinuxCalls.ProtExecute);
        MapPages(Arena.Data, Arena.DataSize, LinuxCalls.ProtRead | LinuxCalls.ProtWrite);
        MapPages(Arena.ReadOnly, Arena.ReadOnlySize, LinuxCalls.ProtRead | LinuxCalls.ProtWrite);
        MapPages(Arena.Stub, Arena.StubSize, LinuxCalls.ProtRead | LinuxCalls.ProtWrite | LinuxCalls.ProtExecute);
        MapPages(Arena.State, Arena.StateSize, LinuxCalls.ProtRead | LinuxCalls.ProtWrite);
        new Span<byte>((void*)Arena.Code, Arena.CodeSize).Fill(Arena.Landing);
        new Span<byte>((void*)Arena.ReadOnly, Arena.ReadOnlySize).Fill(0x5a);
        LinuxCalls.Protect((nint)Arena.ReadOnly, Arena.ReadOnlySize, LinuxCalls.ProtRead);
        _stubs = new StubAssembler(_components);
        _faults = new FaultCatcher(_stubs.SignalHandler);
        FsBase = SegmentBase(LinuxCalls.ArchGetFs);
        LinuxCalls.SystemCall(LinuxCalls.SysArchPrctl, LinuxCalls.ArchSetGs, GsBase);
    }

    /// <summary>The base of FS, which belongs to .NET's thread.</summary>
    public ulong FsBase { get; }

    /// <summary>The base of GS, which nobody else uses.</summary>
    public static ulong GsBase => Arena.Start;

    /// <summary>Why this host cannot judge; null when it can.</summary>
    public static string? WhyNot()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return $"the host CPU is {RuntimeInformation.ProcessArchitecture}, not x64";
        }

        if (!OperatingSystem.IsLinux())
        {
            return "the native side knows the signal frames of Linux only";
        }

        // CPUID.1:ECX.OSXSAVE.
        return (X86Base.CpuId(1, 0).Ecx & (1 << 27)) == 0 ? "the host has no XSAVE" : null;
    }

    /// <summary>Runs a case. The data area is left as the instructions left it.</summary>
    public void Run(TestCase test, MachineState* result)
    {
        Unsafe.CopyBlockUnaligned((void*)Arena.Data, test.Data, Arena.DataSize);
        var code = new Span<byte>((void*)test.CodeAddress, test.CodeLength + JumpLength);
        WriteCode(test, code);
        Load(test.Initial);
        *(ulong*)StubState.Target = test.CodeAddress;
        *(ulong*)StubState.FaultSeen = 0;
        ((delegate* unmanaged<void>)_stubs.Entry)();
        code.Fill(Arena.Landing);
        Store(result, test.CodeAddress + (ulong)test.CodeLength);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _faults.Dispose();
        foreach (var (start, size) in new[]
        {
            (Arena.Code, Arena.CodeSize), (Arena.Data, Arena.DataSize), (Arena.ReadOnly, Arena.ReadOnlySize),
            (Arena.Stub, Arena.StubSize), (Arena.State, Arena.StateSize),
        })
        {
            LinuxCalls.Unmap((nint)start, size);
        }
    }

    private static void MapPages(ulong start, int size, int protection)
    {
        var flags = LinuxCalls.MapPrivate | LinuxCalls.MapAnonymous | LinuxCalls.MapFixedNoReplace;
        var address = LinuxCalls.Map((nint)start, size, protection, flags, -1, 0);
        if (address != (nint)start)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"0x{start:x} is not free in this process");
        }

        // Every page is present from now on, so that faults say what they would say in the guest.
        if ((protection & LinuxCalls.ProtWrite) != 0)
        {
            new Span<byte>((void*)start, size).Clear();
        }
    }

    private static ulong SegmentBase(int which)
    {
        ulong value;
        LinuxCalls.SystemCall(LinuxCalls.SysArchPrctl, which, (ulong)&value);
        return value;
    }

    private void WriteCode(TestCase test, Span<byte> code)
    {
        new ReadOnlySpan<byte>(test.Code, test.CodeLength).CopyTo(code);
        code[test.CodeLength] = 0xe9;
        var after = (int)test.CodeAddress + test.CodeLength + JumpLength;
        BitConverter.TryWriteBytes(code[(test.CodeLength + 1)..], (int)_stubs.Exit - after);
    }

    private void Load(MachineState* state)
    {
        var area = (byte*)StubState.ExtendedIn;
        Unsafe.CopyBlockUnaligned(area, state->Legacy, LegacyEnd);
        Unsafe.InitBlockUnaligned(area + LegacyEnd, 0, 64);
        *(ulong*)(area + LegacyEnd) = _components;
        Unsafe.CopyBlockUnaligned(area + YmmOffset, state->YmmHigh, 256);
        Unsafe.CopyBlockUnaligned((void*)StubState.GprIn, state->Gpr, 128);
        *(ulong*)StubState.FlagsIn = state->Rflags;
    }

    private void Store(MachineState* state, ulong end)
    {
        var area = (byte*)StubState.ExtendedOut;
        StoreExtended(state, area, *(ulong*)(area + LegacyEnd));
        Unsafe.CopyBlockUnaligned(state->Gpr, (void*)StubState.GprOut, 128);
        state->Rflags = *(ulong*)StubState.FlagsOut;
        state->Rip = end;
        state->Vector = MachineState.NoFault;
        state->ErrorCode = 0;
        state->Cr2 = 0;
        if (*(ulong*)StubState.FaultSeen == 0)
        {
            return;
        }

        state->Rflags = *(ulong*)StubState.FaultFlags;
        state->Rip = *(ulong*)StubState.FaultRip;
        var vector = (int)*(ulong*)StubState.FaultVector;
        if (vector == 3)
        {
            // The INT3 that fills the code pages: a branch arrived there.
            state->Rip--;
            state->Rflags &= ~StackFrameFlags;
            return;
        }

        state->Vector = vector;
        state->ErrorCode = (uint)*(ulong*)StubState.FaultError;
        state->Cr2 = vector == 14 ? *(ulong*)StubState.FaultCr2 : 0;
    }

    // A component in its initial configuration may be left out of the image (SDM Vol. 1, 13.6).
    private static void StoreExtended(MachineState* state, byte* area, ulong present)
    {
        var legacy = state->Legacy;
        Unsafe.CopyBlockUnaligned(legacy, area, LegacyEnd);
        if ((present & 1) == 0)
        {
            Unsafe.InitBlockUnaligned(legacy, 0, MachineState.Mxcsr);
            Unsafe.InitBlockUnaligned(legacy + MachineState.X87Registers, 0, 128);
            *(ushort*)legacy = 0x37f;
        }

        if ((present & 2) == 0)
        {
            Unsafe.InitBlockUnaligned(legacy + MachineState.XmmRegisters, 0, 256);
        }

        if ((present & 4) == 0)
        {
            Unsafe.InitBlockUnaligned(state->YmmHigh, 0, 256);
        }
        else
        {
            Unsafe.CopyBlockUnaligned(state->YmmHigh, area + YmmOffset, 256);
        }
    }
}
