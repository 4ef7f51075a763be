using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Memory;

/// <summary>A copy by 16-byte SSE moves, four at a time.</summary>
public sealed class VectorCopy : Workload
{
    /// <inheritdoc/>
    public override string Name => "memcpy";

    /// <inheritdoc/>
    public override string Unit => "64 KiB";

    /// <inheritdoc/>
    public override int RoundUnits => 300;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram) => CopiedBytes.Load(ram);

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var copy = a.CreateLabel();
        a.xor(r8d, r8d);
        a.Label(ref pass);
        CopiedBytes.EmitChange(a);
        a.mov(esi, CopiedBytes.Source);
        a.mov(edx, CopiedBytes.Destination);
        a.mov(ecx, CopiedBytes.Length / 64);
        a.Label(ref copy);
        a.movdqu(xmm0, __xmmword_ptr[rsi]);
        a.movdqu(xmm1, __xmmword_ptr[rsi + 16]);
        a.movdqu(xmm2, __xmmword_ptr[rsi + 32]);
        a.movdqu(xmm3, __xmmword_ptr[rsi + 48]);
        a.movaps(__xmmword_ptr[rdx], xmm0);
        a.movaps(__xmmword_ptr[rdx + 16], xmm1);
        a.movaps(__xmmword_ptr[rdx + 32], xmm2);
        a.movaps(__xmmword_ptr[rdx + 48], xmm3);
        a.add(rsi, 64);
        a.add(rdx, 64);
        a.dec(ecx);
        a.jne(copy);
        CopiedBytes.EmitSample(a);
        a.dec(rdi);
        a.jne(pass);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units) => CopiedBytes.Reference(units);
}
