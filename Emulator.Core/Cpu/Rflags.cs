namespace Emulator.Core.Cpu;

/// <summary>The bits of RFLAGS (SDM Vol. 1, 3.4.3).</summary>
public static class Rflags
{
    public const ulong CF = 1 << 0;
    public const ulong Fixed = 1 << 1;
    public const ulong PF = 1 << 2;
    public const ulong AF = 1 << 4;
    public const ulong ZF = 1 << 6;
    public const ulong SF = 1 << 7;
    public const ulong TF = 1 << 8;
    public const ulong IF = 1 << 9;
    public const ulong DF = 1 << 10;
    public const ulong OF = 1 << 11;
    public const ulong IOPL = 3 << 12;
    public const int IoplShift = 12;
    public const ulong NT = 1 << 14;
    public const ulong RF = 1 << 16;
    public const ulong VM = 1 << 17;
    public const ulong AC = 1 << 18;
    public const ulong VIF = 1 << 19;
    public const ulong VIP = 1 << 20;
    public const ulong ID = 1 << 21;

    /// <summary>The six flags that arithmetic sets, kept lazily in <see cref="LazyFlags"/>.</summary>
    public const ulong Arithmetic = CF | PF | AF | ZF | SF | OF;

    /// <summary>The flags kept in <see cref="CpuState.SystemFlags"/>.</summary>
    public const ulong System = TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;
}
