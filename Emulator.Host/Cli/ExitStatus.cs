namespace Emulator.Host.Cli;

/// <summary>The process's exit statuses. <c>isa-debug-exit</c> adds its own: <c>(value &lt;&lt; 1) | 1</c>.</summary>
public static class ExitStatus
{
    /// <summary>The guest powered off, or reset under <c>-no-reboot</c>, or the user quit.</summary>
    public const int Success = 0;

    /// <summary>Bad usage or a file that cannot be used; one line on stderr says which and why.</summary>
    public const int Usage = 1;

    /// <summary>A fault of the emulator itself.</summary>
    public const int Internal = 2;

    /// <summary>The status of a guest that wrote <paramref name="value"/> to <c>isa-debug-exit</c>.</summary>
    public static int FromDebugExit(uint value) => (int)((value << 1) | 1) & 0xff;
}
