using System.Runtime.InteropServices;

namespace Emulator.Conformance.Tests.Native;

/// <summary>The C library's calls that the native side needs: memory at chosen addresses, signal handlers, segment bases.</summary>
internal static unsafe partial class LinuxCalls
{
    public const int ProtRead = 1;
    public const int ProtWrite = 2;
    public const int ProtExecute = 4;
    public const int MapPrivate = 2;
    public const int MapAnonymous = 0x20;
    public const int MapFixedNoReplace = 0x100000;
    public const int SigIll = 4;
    public const int SigTrap = 5;
    public const int SigBus = 7;
    public const int SigFpe = 8;
    public const int SigSegv = 11;
    public const int SigSetMask = 2;
    public const int SaSigInfo = 4;
    public const int SaOnStack = 0x0800_0000;
    public const int SysArchPrctl = 158;
    public const int ArchSetGs = 0x1001;
    public const int ArchGetFs = 0x1003;

    /// <summary>struct sigaction of glibc and musl on x86-64.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 152)]
    internal struct SignalAction
    {
        public nint Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }

    /// <summary>stack_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SignalStack
    {
        public nint Pointer;
        public int Flags;
        public nint Size;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nint address, nint length);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int Protect(nint address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    internal static partial int SetSignalAction(int signal, SignalAction* action, SignalAction* old);

    [LibraryImport("libc", EntryPoint = "sigaltstack", SetLastError = true)]
    internal static partial int SetSignalStack(SignalStack* stack, SignalStack* old);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    internal static partial int SetSignalMask(int how, ulong* mask, ulong* old);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint SystemCall(nint number, nint first, ulong second);
}
