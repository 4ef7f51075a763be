namespace Emulator.Core.Cpu;

/// <summary>Indices of model-specific registers (SDM Vol. 4; APM Vol. 2, appendix A).</summary>
public static class Msr
{
    public const uint Tsc = 0x10;
    public const uint PlatformId = 0x17;
    public const uint ApicBase = 0x1b;
    public const uint FeatureControl = 0x3a;
    public const uint TscAdjust = 0x3b;
    public const uint SpecCtrl = 0x48;
    public const uint PredCmd = 0x49;
    public const uint BiosUpdateTrigger = 0x79;
    public const uint PatchLevel = 0x8b;
    public const uint PlatformInfo = 0xce;
    public const uint MtrrCap = 0xfe;
    public const uint ArchCapabilities = 0x10a;
    public const uint SysenterCs = 0x174;
    public const uint SysenterEsp = 0x175;
    public const uint SysenterEip = 0x176;
    public const uint McgCap = 0x179;
    public const uint McgStatus = 0x17a;
    public const uint McgCtl = 0x17b;
    public const uint MiscEnable = 0x1a0;
    public const uint DebugCtl = 0x1d9;
    public const uint MtrrPhysBase0 = 0x200;
    public const uint MtrrPhysMaskLast = 0x20f;
    public const uint MtrrFix64K = 0x250;
    public const uint MtrrFix16KFirst = 0x258;
    public const uint MtrrFix16KLast = 0x259;
    public const uint MtrrFix4KFirst = 0x268;
    public const uint MtrrFix4KLast = 0x26f;
    public const uint Pat = 0x277;
    public const uint MtrrDefType = 0x2ff;
    public const uint McBank0 = 0x400;
    public const uint TscDeadline = 0x6e0;
    public const uint X2ApicFirst = 0x800;
    public const uint X2ApicLast = 0x8ff;
    public const uint Efer = 0xc000_0080;
    public const uint Star = 0xc000_0081;
    public const uint LStar = 0xc000_0082;
    public const uint CStar = 0xc000_0083;
    public const uint SyscallMask = 0xc000_0084;
    public const uint FsBase = 0xc000_0100;
    public const uint GsBase = 0xc000_0101;
    public const uint KernelGsBase = 0xc000_0102;
    public const uint TscAux = 0xc000_0103;
    public const uint AmdSysCfg = 0xc001_0010;
    public const uint AmdHwcr = 0xc001_0015;
    public const uint AmdTopMem = 0xc001_001a;
    public const uint AmdTopMem2 = 0xc001_001d;
    public const uint AmdNorthbridgeCfg = 0xc001_001f;
    public const uint AmdPatchLoader = 0xc001_0020;
    public const uint AmdIntPending = 0xc001_0055;
    public const uint AmdLsCfg = 0xc001_1020;
    public const uint AmdDcCfg = 0xc001_1022;
    public const uint AmdFpCfg = 0xc001_1028;
    public const uint AmdDeCfg = 0xc001_1029;
}
