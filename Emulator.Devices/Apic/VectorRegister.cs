using System.Numerics;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Apic;

/// <summary>A 256-bit register with one bit for each vector: IRR, ISR, TMR (SDM Vol. 3A, 11.8.4).</summary>
internal sealed class VectorRegister
{
    private readonly ulong[] _bits = new ulong[4];

    /// <summary>The highest vector whose bit is set; -1 when none is.</summary>
    public int Highest
    {
        get
        {
            for (var i = 3; i >= 0; i--)
            {
                if (_bits[i] != 0)
                {
                    return (i << 6) + BitOperations.Log2(_bits[i]);
                }
            }

            return -1;
        }
    }

    public bool this[int vector]
    {
        get => (_bits[vector >> 6] >> (vector & 63) & 1) != 0;
        set
        {
            var bit = 1ul << (vector & 63);
            _bits[vector >> 6] = value ? _bits[vector >> 6] | bit : _bits[vector >> 6] & ~bit;
        }
    }

    /// <summary>One of the eight 32-bit registers that the guest sees.</summary>
    public uint Word(int index) => (uint)(_bits[index >> 1] >> ((index & 1) << 5));

    public void Clear() => Array.Clear(_bits);

    public void Save(StateWriter writer)
    {
        foreach (var word in _bits)
        {
            writer.Write(word);
        }
    }

    public void Load(StateReader reader)
    {
        for (var i = 0; i < _bits.Length; i++)
        {
            _bits[i] = reader.ReadUInt64();
        }
    }
}
