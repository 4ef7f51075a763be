using Emulator.Core.Snapshots;

namespace Emulator.Devices.Apic;

/// <summary>The six local vector table entries (SDM Vol. 3A, 11.5.1); indices are register numbers from LVT timer to LVT error.</summary>
internal sealed class LocalVectorTable
{
    public const uint Masked = 1 << 16;
    public const uint LevelTriggered = 1 << 15;
    public const uint RemoteIrr = 1 << 14;

    private const int First = LocalApicRegister.LvtTimer;

    // The bits that a write sets: vector 7:0, delivery mode 10:8, polarity 13, trigger 15, mask 16, timer mode 18:17.
    private static ReadOnlySpan<uint> Writable => [0x700ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff];

    private readonly uint[] _entries = new uint[6];

    public uint this[int register] => _entries[register - First];

    /// <summary>Whether a write in x2APIC mode sets a reserved bit; delivery status and remote IRR are read-only, not reserved.</summary>
    public static bool SetsReserved(int register, uint value)
    {
        var readOnly = register is LocalApicRegister.LvtLint0 or LocalApicRegister.LvtLint1 ? 1u << 12 | RemoteIrr : 1u << 12;
        return (value & ~(Writable[register - First] | readOnly)) != 0;
    }

    /// <summary>Masks every entry; other fields are zero. The state after power-up (SDM Vol. 3A, 11.4.7.1).</summary>
    public void Reset()
    {
        foreach (ref var entry in _entries.AsSpan())
        {
            entry = Masked;
        }
    }

    /// <summary>Software disable sets every mask.</summary>
    public void MaskAll()
    {
        foreach (ref var entry in _entries.AsSpan())
        {
            entry |= Masked;
        }
    }

    public void Write(int register, uint value, bool forceMask)
    {
        ref var entry = ref _entries[register - First];
        entry = value & Writable[register - First] | entry & RemoteIrr | (forceMask ? Masked : 0);
        if ((entry & LevelTriggered) == 0)
        {
            entry &= ~RemoteIrr;
        }
    }

    public void SetRemoteIrr(int register, bool value)
    {
        ref var entry = ref _entries[register - First];
        entry = value ? entry | RemoteIrr : entry & ~RemoteIrr;
    }

    public static DeliveryMode ModeOf(uint entry) => (DeliveryMode)(entry >> 8 & 7);

    public void Save(StateWriter writer)
    {
        foreach (var entry in _entries)
        {
            writer.Write(entry);
        }
    }

    public void Load(StateReader reader)
    {
        for (var i = 0; i < _entries.Length; i++)
        {
            _entries[i] = reader.ReadUInt32();
        }
    }
}
