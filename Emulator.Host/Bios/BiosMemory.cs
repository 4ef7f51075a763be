using Emulator.Core.Cpu;
using Emulator.Core.Memory;

namespace Emulator.Host.Bios;

/// <summary>
/// Memory as code of the trapping processor would reach it: by linear address, through A20 and, in virtual-8086 and protected mode, through
/// its page tables with its privilege. What it could not reach reads as ones and is not written.
/// </summary>
internal readonly unsafe struct BiosMemory(CpuState* state)
{
    private readonly CpuState* _state = state;

    /// <summary>The linear address of a real-mode pointer.</summary>
    public static uint Linear(ushort segment, uint offset) => ((uint)segment << 4) + offset;

    /// <summary>Reads a byte.</summary>
    public byte Read8(ulong linear) => Read<byte>(linear);

    /// <summary>Reads a word.</summary>
    public ushort Read16(ulong linear) => Read<ushort>(linear);

    /// <summary>Reads a double word.</summary>
    public uint Read32(ulong linear) => Read<uint>(linear);

    /// <summary>Reads a value.</summary>
    public T Read<T>(ulong linear)
        where T : unmanaged
    {
        if (GuestMemory.TryRead(_state, Segment.DS, linear, out T value))
        {
            return value;
        }

        Forget();
        new Span<byte>(&value, sizeof(T)).Fill(0xff);
        return value;
    }

    /// <summary>Writes a value; its type is its width.</summary>
    public void Write<T>(ulong linear, T value)
        where T : unmanaged
    {
        if (!GuestMemory.TryWrite(_state, Segment.DS, linear, value))
        {
            Forget();
        }
    }

    /// <summary>Sets bits of a byte.</summary>
    public void Or8(ulong linear, int bits) => Write(linear, (byte)(Read8(linear) | bits));

    /// <summary>Replaces the bits of a byte that the mask has.</summary>
    public void Replace8(ulong linear, int mask, int bits) => Write(linear, (byte)((Read8(linear) & ~mask) | (bits & mask)));

    /// <summary>Reads bytes.</summary>
    public void Read(ulong linear, Span<byte> destination)
    {
        var i = 0;
        for (; i + 8 <= destination.Length; i += 8)
        {
            BitConverter.TryWriteBytes(destination[i..], Read<ulong>(linear + (ulong)i));
        }

        for (; i < destination.Length; i++)
        {
            destination[i] = Read8(linear + (ulong)i);
        }
    }

    /// <summary>Writes bytes.</summary>
    public void Write(ulong linear, ReadOnlySpan<byte> source)
    {
        var i = 0;
        for (; i + 8 <= source.Length; i += 8)
        {
            Write(linear + (ulong)i, BitConverter.ToUInt64(source[i..]));
        }

        for (; i < source.Length; i++)
        {
            Write(linear + (ulong)i, source[i]);
        }
    }

    // A fault is not the guest's: it did not make the access.
    private void Forget() => _state->PendingVector = Fault.None;
}
