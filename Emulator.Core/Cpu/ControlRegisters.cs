namespace Emulator.Core.Cpu;

/// <summary>CR0 (SDM Vol. 3A, 2.5).</summary>
public static class Cr0
{
    public const ulong PE = 1 << 0;
    public const ulong MP = 1 << 1;
    public const ulong EM = 1 << 2;
    public const ulong TS = 1 << 3;
    public const ulong ET = 1 << 4;
    public const ulong NE = 1 << 5;
    public const ulong WP = 1 << 16;
    public const ulong AM = 1 << 18;
    public const ulong NW = 1 << 29;
    public const ulong CD = 1 << 30;
    public const ulong PG = 1ul << 31;
}

/// <summary>CR4 (SDM Vol. 3A, 2.5).</summary>
public static class Cr4
{
    public const ulong VME = 1 << 0;
    public const ulong PVI = 1 << 1;
    public const ulong TSD = 1 << 2;
    public const ulong DE = 1 << 3;
    public const ulong PSE = 1 << 4;
    public const ulong PAE = 1 << 5;
    public const ulong MCE = 1 << 6;
    public const ulong PGE = 1 << 7;
    public const ulong PCE = 1 << 8;
    public const ulong OSFXSR = 1 << 9;
    public const ulong OSXMMEXCPT = 1 << 10;
    public const ulong UMIP = 1 << 11;
    public const ulong LA57 = 1 << 12;
    public const ulong FSGSBASE = 1 << 16;
    public const ulong PCIDE = 1 << 17;
    public const ulong OSXSAVE = 1 << 18;
    public const ulong SMEP = 1 << 20;
    public const ulong SMAP = 1 << 21;
    public const ulong PKE = 1 << 22;
}

/// <summary>IA32_EFER (SDM Vol. 3A, 2.2.1; APM Vol. 2, 3.1.7).</summary>
public static class Efer
{
    public const ulong SCE = 1 << 0;
    public const ulong LME = 1 << 8;
    public const ulong LMA = 1 << 10;
    public const ulong NXE = 1 << 11;
    public const ulong FFXSR = 1 << 14;
    public const ulong AutomaticIbrs = 1 << 21;
}
