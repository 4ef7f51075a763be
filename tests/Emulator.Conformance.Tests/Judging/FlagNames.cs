namespace Emulator.Conformance.Tests.Judging;

/// <summary>Registers and flags as reports spell them.</summary>
internal static class FlagNames
{
    private static readonly string[] Gprs =
        ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

    private static readonly (int Bit, string Name)[] Flags =
        [(0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"), (11, "OF"), (14, "NT"), (16, "RF"), (18, "AC"), (21, "ID")];

    /// <summary>A general register's name.</summary>
    public static string Gpr(int number) => Gprs[number];

    /// <summary>The names of the flags that are set.</summary>
    public static string Of(ulong flags)
        => $"{flags:x6} {string.Join(' ', Flags.Where(f => ((flags >> f.Bit) & 1) != 0).Select(f => f.Name))}";
}
