using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Integer;

/// <summary>
/// SHA-256 (FIPS 180-4, 6.2.2) of as many 64-byte blocks as there are units: long runs of register arithmetic, eight registers alive.
/// </summary>
public sealed class Sha256 : Workload
{
    private const int Hash = Data;
    private const int Constants = Data + 0x100;
    private const int Schedule = Data + 0x200;
    private const int Message = Data + 0x300;
    private const int Padding = Data + 0x340;
    private const int Initial = Data + 0x380;
    private const int BlockSize = 64;
    private const int Rounds = 64;
    private const int Unrolled = 8;

    /// <inheritdoc/>
    public override string Name => "sha256";

    /// <inheritdoc/>
    public override string Unit => "64 bytes";

    /// <inheritdoc/>
    public override int RoundUnits => 1500;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        var prime = 2;
        for (var i = 0; i < Rounds; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(ram[(Constants + (i * 4))..], RootFraction(prime, 3));
            if (i < 8)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(ram[(Initial + (i * 4))..], RootFraction(prime, 2));
            }

            prime = NextPrime(prime);
        }

        MessageBlock().CopyTo(ram[Message..]);
        ram[Padding] = 0x80;
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var compress = a.CreateLabel();
        var end = a.CreateLabel();
        EmitStart(a);
        a.Label(ref pass);
        a.mov(ebp, Message);
        a.call(compress);
        a.dec(rdi);
        a.jne(pass);
        a.mov(ebp, Padding);
        a.call(compress);
        a.jmp(end);
        a.Label(ref compress);
        EmitSchedule(a);
        EmitRounds(a);
        a.ret();
        a.Label(ref end);
        a.mov(eax, __dword_ptr[rsi + Hash]);
        a.shl(rax, 32);
        a.mov(ecx, __dword_ptr[rsi + Hash + 4]);
        a.or(rax, rcx);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var message = new byte[units * BlockSize];
        for (var unit = 0; unit < units; unit++)
        {
            MessageBlock().CopyTo(message, unit * BlockSize);
        }

        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(message));
    }

    private static byte[] MessageBlock() => [.. Enumerable.Range(0, BlockSize).Select(i => (byte)(i * 3))];

    // The first 32 bits of a root's fraction: where the standard's constants come from (FIPS 180-4, 4.2.2 and 5.3.3).
    private static uint RootFraction(int number, int degree)
    {
        var scaled = new BigInteger(number) << (32 * degree);
        var root = BigInteger.Zero;
        for (var bit = 36; bit >= 0; bit--)
        {
            var candidate = root | (BigInteger.One << bit);
            root = BigInteger.Pow(candidate, degree) <= scaled ? candidate : root;
        }

        return (uint)(root & uint.MaxValue);
    }

    private static int NextPrime(int prime)
    {
        do
        {
            prime++;
        }
        while (Enumerable.Range(2, prime - 2).Any(divisor => prime % divisor == 0));
        return prime;
    }

    // The initial hash value, and the message's length in bits at the end of the padding.
    private static void EmitStart(Assembler a)
    {
        var copy = a.CreateLabel();
        a.mov(rax, rdi);
        a.shl(rax, 9);
        a.bswap(rax);
        a.xor(esi, esi);
        a.mov(__qword_ptr[rsi + Padding + BlockSize - 8], rax);
        a.Label(ref copy);
        a.mov(eax, __dword_ptr[(rsi * 4) + Initial]);
        a.mov(__dword_ptr[(rsi * 4) + Hash], eax);
        a.inc(esi);
        a.cmp(esi, 8);
        a.jb(copy);
    }

    private static void EmitSchedule(Assembler a)
    {
        var first = a.CreateLabel();
        var others = a.CreateLabel();
        a.xor(esi, esi);
        a.Label(ref first);
        a.mov(eax, __dword_ptr[rbp + (rsi * 4)]);
        a.bswap(eax);
        a.mov(__dword_ptr[(rsi * 4) + Schedule], eax);
        a.inc(esi);
        a.cmp(esi, 16);
        a.jb(first);
        a.Label(ref others);
        a.mov(eax, __dword_ptr[(rsi * 4) + Schedule - 64]);
        a.add(eax, __dword_ptr[(rsi * 4) + Schedule - 28]);
        EmitSmallSigma(a, -60, 7, 18, 3);
        EmitSmallSigma(a, -8, 17, 19, 10);
        a.mov(__dword_ptr[(rsi * 4) + Schedule], eax);
        a.inc(esi);
        a.cmp(esi, Rounds);
        a.jb(others);
    }

    private static void EmitSmallSigma(Assembler a, int offset, byte rotate, byte rotateMore, byte shift)
    {
        a.mov(ecx, __dword_ptr[(rsi * 4) + Schedule + offset]);
        a.mov(edx, ecx);
        a.mov(ebx, ecx);
        a.ror(edx, rotate);
        a.ror(ebx, rotateMore);
        a.shr(ecx, shift);
        a.xor(edx, ebx);
        a.xor(edx, ecx);
        a.add(eax, edx);
    }

    private static void EmitRounds(Assembler a)
    {
        AssemblerRegister32[] names = [eax, ebx, ecx, edx, r8d, r9d, r10d, r11d];
        a.xor(esi, esi);
        for (var i = 0; i < names.Length; i++)
        {
            a.mov(names[i], __dword_ptr[rsi + Hash + (i * 4)]);
        }

        var loop = a.CreateLabel();
        a.Label(ref loop);
        for (var round = 0; round < Unrolled; round++)
        {
            EmitRound(a, round, i => names[(i - round + 8) & 7]);
        }

        a.add(esi, Unrolled);
        a.cmp(esi, Rounds);
        a.jb(loop);
        a.xor(esi, esi);
        for (var i = 0; i < names.Length; i++)
        {
            a.add(__dword_ptr[rsi + Hash + (i * 4)], names[i]);
        }
    }

    // FIPS 180-4, 6.2.2, step 3; the variables are called 0 (a) to 7 (h), and each round has them in the next registers.
    private static void EmitRound(Assembler a, int round, Func<int, AssemblerRegister32> variable)
    {
        a.mov(r12d, variable(7));
        a.add(r12d, __dword_ptr[(rsi * 4) + Schedule + (round * 4)]);
        a.add(r12d, __dword_ptr[(rsi * 4) + Constants + (round * 4)]);
        EmitBigSigma(a, variable(4), 6, 11, 25);
        a.mov(r13d, variable(5));
        a.xor(r13d, variable(6));
        a.and(r13d, variable(4));
        a.xor(r13d, variable(6));
        a.add(r12d, r13d);
        a.add(variable(3), r12d);
        EmitBigSigma(a, variable(0), 2, 13, 22);
        a.mov(r13d, variable(0));
        a.mov(r14d, variable(0));
        a.or(r13d, variable(1));
        a.and(r14d, variable(1));
        a.and(r13d, variable(2));
        a.or(r13d, r14d);
        a.add(r12d, r13d);
        a.mov(variable(7), r12d);
    }

    private static void EmitBigSigma(Assembler a, AssemblerRegister32 x, byte first, byte second, byte third)
    {
        a.mov(r13d, x);
        a.mov(r14d, x);
        a.ror(r13d, first);
        a.ror(r14d, second);
        a.xor(r13d, r14d);
        a.mov(r14d, x);
        a.ror(r14d, third);
        a.xor(r13d, r14d);
        a.add(r12d, r13d);
    }
}
