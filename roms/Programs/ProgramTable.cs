namespace Emulator.Roms.Programs;

/// <summary>The programs, by the number that starts them.</summary>
internal static class ProgramTable
{
    /// <summary>Not a program: what the kernel's own task 0 is called.</summary>
    public const int Idle = 0;

    public const int Shell = 1;
    public const int Primes = 2;
    public const int Letters = 3;
    public const int Offender = 4;
    public const int Count = 5;

    /// <summary>What <c>ps</c> calls them.</summary>
    public static string Name(int program) => program switch
    {
        Idle => "idle",
        Shell => "shell",
        Primes => "primes",
        Letters => "letters",
        Offender => "offender",
        _ => throw new ArgumentOutOfRangeException(nameof(program)),
    };
}
