using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Integer;

/// <summary>The sieve of Eratosthenes over bytes: short loops of stores with a stride. The checksum adds the primes.</summary>
public sealed class Sieve : Workload
{
    private const int Size = 1 << 16;

    /// <inheritdoc/>
    public override string Name => "sieve";

    /// <inheritdoc/>
    public override string Unit => "primes below 65536";

    /// <inheritdoc/>
    public override int RoundUnits => 4;

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        a.xor(eax, eax);
        a.Label(ref pass);
        EmitFill(a);
        EmitStrike(a);
        a.dec(rdi);
        a.jne(pass);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var sum = 0ul;
        for (var i = 2u; i < Size; i++)
        {
            sum += IsPrime(i) ? i : 0ul;
        }

        return sum * (ulong)units;
    }

    private static void EmitFill(Assembler a)
    {
        var fill = a.CreateLabel();
        a.mov(esi, Data);
        a.mov(ecx, Size / 8);
        a.mov(rdx, 0x0101_0101_0101_0101);
        a.Label(ref fill);
        a.mov(__qword_ptr[rsi], rdx);
        a.add(rsi, 8);
        a.dec(ecx);
        a.jne(fill);
    }

    private static void EmitStrike(Assembler a)
    {
        var candidate = a.CreateLabel();
        var strike = a.CreateLabel();
        var test = a.CreateLabel();
        var next = a.CreateLabel();
        a.mov(ebx, 2);
        a.Label(ref candidate);
        a.cmp(__byte_ptr[rbx + Data], 0);
        a.je(next);
        a.add(rax, rbx);
        a.lea(edx, __[rbx + rbx]);
        a.jmp(test);
        a.Label(ref strike);
        a.mov(__byte_ptr[rdx + Data], 0);
        a.add(edx, ebx);
        a.Label(ref test);
        a.cmp(edx, Size);
        a.jb(strike);
        a.Label(ref next);
        a.inc(ebx);
        a.cmp(ebx, Size);
        a.jb(candidate);
    }

    private static bool IsPrime(uint number)
    {
        for (var divisor = 2u; divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }

        return true;
    }
}
