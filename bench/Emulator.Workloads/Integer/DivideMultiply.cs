using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Integer;

/// <summary>Unsigned and signed 64-bit divisions, 128-bit products.</summary>
public sealed class DivideMultiply : Workload
{
    private const int Turns = 100;
    private const ulong Seed = 0x0123_4567_89ab_cdef;
    private const ulong Multiplier = 6_364_136_223_846_793_005;
    private const ulong Increment = 1_442_695_040_888_963_407;

    /// <inheritdoc/>
    public override string Name => "divmul";

    /// <inheritdoc/>
    public override string Unit => "100 turns of 2 divisions, 2 products";

    /// <inheritdoc/>
    public override int RoundUnits => 2000;

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var loop = a.CreateLabel();
        a.imul(rdi, rdi, Turns);
        a.mov(r8, Seed);
        a.mov(r10, Multiplier);
        a.mov(r11, Increment);
        a.xor(r9d, r9d);
        a.Label(ref loop);
        a.imul(r8, r10);
        a.add(r8, r11);
        a.lea(rbx, __[rdi + rdi + 1]);
        a.mov(rax, r8);
        a.xor(edx, edx);
        a.div(rbx);
        a.add(r9, rax);
        a.mov(rax, r8);
        a.cqo();
        a.idiv(rbx);
        a.add(r9, rdx);
        a.mov(rax, r8);
        a.mul(r10);
        a.xor(r9, rdx);
        a.dec(rdi);
        a.jne(loop);
        a.mov(rax, r9);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var x = Seed;
        var sum = 0ul;
        for (var i = (ulong)units * Turns; i != 0; i--)
        {
            x = (x * Multiplier) + Increment;
            var divisor = (2 * i) + 1;
            sum += x / divisor;
            sum += (ulong)((long)x % (long)divisor);
            sum ^= Math.BigMul(x, Multiplier, out _);
        }

        return sum;
    }
}
