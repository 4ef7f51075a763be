using System.Buffers.Binary;
using System.Numerics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Integer;

/// <summary>Shifts, rotates, bit scans and counts, byte swaps, and the carry flag used as a value.</summary>
public sealed class BitTricks : Workload
{
    private const int Turns = 100;
    private const ulong Seed = 0x0123_4567_89ab_cdef;

    /// <inheritdoc/>
    public override string Name => "bits";

    /// <inheritdoc/>
    public override string Unit => "100 turns";

    /// <inheritdoc/>
    public override int RoundUnits => 2000;

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var loop = a.CreateLabel();
        a.imul(rdi, rdi, Turns);
        a.mov(r8, Seed);
        a.xor(r9d, r9d);
        a.Label(ref loop);
        EmitShiftRegister(a);
        a.bsf(rax, r8);
        a.add(r9, rax);
        a.popcnt(rax, r8);
        a.add(r9, rax);
        a.mov(rcx, r8);
        a.mov(rax, r8);
        a.shr(rax, cl);
        a.add(r9, rax);
        a.mov(rax, r8);
        a.bswap(rax);
        a.xor(r9, rax);
        a.bt(r8, 17);
        a.adc(r9, 0);
        a.rol(r9, 5);
        a.dec(rdi);
        a.jne(loop);
        a.mov(rax, r9);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var x = Seed;
        var sum = 0ul;
        for (var i = units * Turns; i != 0; i--)
        {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            sum += (ulong)BitOperations.TrailingZeroCount(x);
            sum += (ulong)BitOperations.PopCount(x);
            sum += x >> (int)(x & 63);
            sum ^= BinaryPrimitives.ReverseEndianness(x);
            sum += (x >> 17) & 1;
            sum = BitOperations.RotateLeft(sum, 5);
        }

        return sum;
    }

    private static void EmitShiftRegister(Assembler a)
    {
        a.mov(rax, r8);
        a.shl(rax, 13);
        a.xor(r8, rax);
        a.mov(rax, r8);
        a.shr(rax, 7);
        a.xor(r8, rax);
        a.mov(rax, r8);
        a.shl(rax, 17);
        a.xor(r8, rax);
    }
}
