using Emulator.Core.Snapshots;

namespace Emulator.Core.Cpu;

/// <summary>
/// Model-specific registers that the processor keeps for software and does not read itself: MTRRs, PAT, machine-check banks and
/// others. A register is its name, its value after reset, and a rule for what may be written.
/// </summary>
public sealed class StoredMsrs
{
    private const int VariableRanges = 8;
    private const int MachineCheckBanks = 10;
    private const ulong McgCtlPresent = 1 << 8;

    private readonly Dictionary<uint, StoredMsr> _registers = [];
    private readonly int _addressBits;

    /// <summary>The registers of a model.</summary>
    public StoredMsrs(CpuModel model)
    {
        _addressBits = model.PhysicalAddressBits;
        AddCommon(model);
        if (model.Has("mtrr"))
        {
            AddMemoryTypeRanges();
        }

        if (model.Has("pat"))
        {
            Add(Msr.Pat, 0x0007_0406_0007_0406, value => AllBytes(value, type => type is 0 or 1 or (>= 4 and <= 7)));
        }

        if (model.Has("mca"))
        {
            AddMachineCheck();
        }

        if (model.IsAmd)
        {
            AddAmd();
        }
        else
        {
            AddIntel();
        }
    }

    /// <summary>Reads a register; false when there is none.</summary>
    public bool TryRead(uint index, out ulong value)
    {
        var found = _registers.TryGetValue(index, out var register);
        value = found ? register!.Value : 0;
        return found;
    }

    /// <summary>Writes a register; false means #GP(0): there is none, or the value is not allowed.</summary>
    public bool TryWrite(uint index, ulong value)
    {
        if (!_registers.TryGetValue(index, out var register) || !register.Allows(value))
        {
            return false;
        }

        register.Value = register.Ignores ? register.Value : value;
        return true;
    }

    /// <summary>Whether the model has the register.</summary>
    public bool Exists(uint index) => _registers.ContainsKey(index);

    /// <summary>Values after power-on.</summary>
    public void Reset()
    {
        foreach (var register in _registers.Values)
        {
            register.Value = register.Initial;
        }
    }

    /// <summary>Writes every value, in the order of the indices.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_registers.Count);
        foreach (var (index, register) in _registers.OrderBy(entry => entry.Key))
        {
            writer.Write(index);
            writer.Write(register.Value);
        }
    }

    /// <summary>Reads every value.</summary>
    public void Load(StateReader reader)
    {
        var count = reader.ReadInt32();
        if (count != _registers.Count)
        {
            throw new SnapshotException($"{count} stored MSRs stand where this CPU model has {_registers.Count}.");
        }

        for (var i = 0; i < count; i++)
        {
            var index = reader.ReadUInt32();
            if (!_registers.TryGetValue(index, out var register))
            {
                throw new SnapshotException($"this CPU model has no MSR 0x{index:x}.");
            }

            register.Value = reader.ReadUInt64();
        }
    }

    private sealed class StoredMsr(ulong initial, Func<ulong, bool> allows, bool ignores)
    {
        public ulong Initial { get; } = initial;

        public bool Ignores { get; } = ignores;

        public Func<ulong, bool> Allows { get; } = allows;

        public ulong Value { get; set; } = initial;
    }

    private void Add(uint index, ulong initial, Func<ulong, bool> allows) => _registers[index] = new StoredMsr(initial, allows, false);

    private void AddMasked(uint index, ulong initial, ulong writable) => Add(index, initial, value => (value & ~writable) == 0);

    private void AddReadOnly(uint index, ulong value) => Add(index, value, _ => false);

    private void AddIgnoringWrites(uint index, ulong value) => _registers[index] = new StoredMsr(value, _ => true, true);

    private void AddCommon(CpuModel model)
    {
        // Fast strings; no branch trace store, no precise event sampling.
        var monitor = model.Has(Iced.Intel.CpuidFeature.MONITOR) ? 1ul << 18 : 0;
        Add(Msr.MiscEnable, 0x1801 | monitor, _ => true);
        AddMasked(Msr.DebugCtl, 0, 3);
        AddReadOnly(Msr.PlatformId, 0);
    }

    // SDM Vol. 3A, 11.11 and 11.12.4.
    private void AddMemoryTypeRanges()
    {
        var high = ~((1ul << _addressBits) - 1);
        AddReadOnly(Msr.MtrrCap, 0x500 | VariableRanges);
        for (var i = 0u; i < VariableRanges; i++)
        {
            Add(Msr.MtrrPhysBase0 + (2 * i), 0, value => (value & (high | 0xf00)) == 0 && IsMtrrType((byte)value));
            Add(Msr.MtrrPhysBase0 + (2 * i) + 1, 0, value => (value & (high | 0x7ff)) == 0);
        }

        Add(Msr.MtrrFix64K, 0, AreMtrrTypes);
        for (var i = Msr.MtrrFix16KFirst; i <= Msr.MtrrFix16KLast; i++)
        {
            Add(i, 0, AreMtrrTypes);
        }

        for (var i = Msr.MtrrFix4KFirst; i <= Msr.MtrrFix4KLast; i++)
        {
            Add(i, 0, AreMtrrTypes);
        }

        Add(Msr.MtrrDefType, 0, value => (value & ~0xcfful) == 0 && IsMtrrType((byte)value));
    }

    private static bool IsMtrrType(byte type) => type is 0 or 1 or 4 or 5 or 6;

    private static bool AreMtrrTypes(ulong value) => AllBytes(value, IsMtrrType);

    private static bool AllBytes(ulong value, Func<byte, bool> test)
    {
        for (var i = 0; i < 8; i++)
        {
            if (!test((byte)(value >> (8 * i))))
            {
                return false;
            }
        }

        return true;
    }

    // SDM Vol. 3B, 15.3: a control register takes all ones or zeros, a status register only zero.
    private void AddMachineCheck()
    {
        AddReadOnly(Msr.McgCap, McgCtlPresent | MachineCheckBanks);
        AddMasked(Msr.McgStatus, 0, 7);
        Add(Msr.McgCtl, 0, value => value is 0 or ulong.MaxValue);
        for (var bank = 0u; bank < MachineCheckBanks; bank++)
        {
            var first = Msr.McBank0 + (4 * bank);
            Add(first, 0, _ => true);
            Add(first + 1, 0, value => value == 0);
            Add(first + 2, 0, value => value == 0);
            Add(first + 3, 0, value => value == 0);
        }
    }

    private void AddIntel()
    {
        AddReadOnly(Msr.FeatureControl, 1);
        AddIgnoringWrites(Msr.PatchLevel, 1ul << 32);
        AddIgnoringWrites(Msr.BiosUpdateTrigger, 0);

        // The TSC runs at ten times the 100 MHz bus clock.
        AddReadOnly(Msr.PlatformInfo, 10 << 8);
    }

    // APM Vol. 2, appendix A.
    private void AddAmd()
    {
        AddIgnoringWrites(Msr.PatchLevel, 0x0100_0065);
        AddIgnoringWrites(Msr.AmdPatchLoader, 0);

        // The TSC counts at the P0 frequency (bit 24).
        Add(Msr.AmdHwcr, 1 << 24, _ => true);
        Add(Msr.AmdSysCfg, 0, _ => true);
        Add(Msr.AmdTopMem, 0, _ => true);
        Add(Msr.AmdTopMem2, 0, _ => true);
        Add(Msr.AmdNorthbridgeCfg, 0, _ => true);
        Add(Msr.AmdIntPending, 0, _ => true);
        Add(Msr.AmdLsCfg, 0, _ => true);
        Add(Msr.AmdDcCfg, 0, _ => true);
        Add(Msr.AmdFpCfg, 0, _ => true);

        // LFENCE is serializing (bit 1).
        Add(Msr.AmdDeCfg, 2, _ => true);
    }
}
