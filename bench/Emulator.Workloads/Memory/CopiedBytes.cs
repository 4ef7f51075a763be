using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Memory;

/// <summary>What the copying workloads share: the source changes with each copy, and samples of the copy make the checksum (in R8).</summary>
internal static class CopiedBytes
{
    /// <summary>Where the bytes come from.</summary>
    public const int Source = Workload.Data;

    /// <summary>Where they go.</summary>
    public const int Destination = Workload.Data + 0x2_0000;

    /// <summary>Bytes of one copy.</summary>
    public const int Length = 0x1_0000;

    private const int Stride = 4104;

    /// <summary>Fills the source.</summary>
    public static void Load(Span<byte> ram)
    {
        for (var i = 0; i < Length; i++)
        {
            ram[Source + i] = (byte)((i * 13) + (i >> 9));
        }
    }

    /// <summary>Adds the count of units left to the source, at a place that depends on it.</summary>
    public static void EmitChange(Assembler a)
    {
        a.imul(ecx, edi, Stride);
        a.and(ecx, Length - 8);
        a.add(__qword_ptr[rcx + Source], rdi);
    }

    /// <summary>Adds two places of the copy to the checksum, and takes the change back.</summary>
    public static void EmitSample(Assembler a)
    {
        a.imul(ecx, edi, Stride);
        a.and(ecx, Length - 8);
        a.sub(__qword_ptr[rcx + Source], rdi);
        a.add(r8, __qword_ptr[rcx + Destination]);
        a.rol(r8, 3);
        a.xor(ecx, 0x8008);
        a.add(r8, __qword_ptr[rcx + Destination]);
    }

    /// <summary>The checksum that the guest must come to.</summary>
    public static ulong Reference(int units)
    {
        var ram = new byte[Source + Length];
        Load(ram);
        var source = ram.AsSpan(Source);
        var sum = 0ul;
        for (var left = units; left != 0; left--)
        {
            var place = (left * Stride) & (Length - 8);
            sum += BinaryPrimitives.ReadUInt64LittleEndian(source[place..]) + (ulong)left;
            sum = ulong.RotateLeft(sum, 3);
            sum += BinaryPrimitives.ReadUInt64LittleEndian(source[(place ^ 0x8008)..]);
        }

        return sum;
    }
}
