using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Vectors;

/// <summary>SSE2 on 16 bytes at a time: unsigned maximum, signed comparison, masks, sums of absolute differences.</summary>
public sealed class VectorMaximum : Workload
{
    private const int First = Data;
    private const int Second = Data + 0x1_0000;
    private const int Length = 0x4000;

    /// <inheritdoc/>
    public override string Name => "simdint";

    /// <inheritdoc/>
    public override string Unit => "16 KiB";

    /// <inheritdoc/>
    public override int RoundUnits => 400;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        for (var i = 0; i < Length; i++)
        {
            ram[First + i] = FirstByte(i);
            ram[Second + i] = SecondByte(i);
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var next = a.CreateLabel();
        a.pxor(xmm7, xmm7);
        a.pxor(xmm6, xmm6);
        a.pxor(xmm5, xmm5);
        a.Label(ref pass);
        a.xor(ecx, ecx);
        a.Label(ref next);
        a.movdqa(xmm0, __xmmword_ptr[rcx + First]);
        a.movdqu(xmm1, __xmmword_ptr[rcx + Second]);
        a.movdqa(xmm2, xmm0);
        a.pmaxub(xmm2, xmm1);
        a.psadbw(xmm2, xmm7);
        a.paddq(xmm6, xmm2);
        a.movdqa(xmm3, xmm0);
        a.pcmpgtb(xmm3, xmm1);
        a.pand(xmm3, xmm1);
        a.paddb(xmm5, xmm3);
        a.add(ecx, 16);
        a.cmp(ecx, Length);
        a.jb(next);
        a.dec(rdi);
        a.jne(pass);
        EmitFold(a);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var maxima = 0ul;
        var masked = new byte[16];
        for (var unit = 0; unit < units; unit++)
        {
            for (var i = 0; i < Length; i++)
            {
                var (x, y) = (FirstByte(i), SecondByte(i));
                maxima += Math.Max(x, y);
                masked[i & 15] += (sbyte)x > (sbyte)y ? y : (byte)0;
            }
        }

        return maxima + BinaryPrimitives.ReadUInt64LittleEndian(masked) + (3 * BinaryPrimitives.ReadUInt64LittleEndian(masked.AsSpan(8)));
    }

    private static byte FirstByte(int index) => (byte)((index * 7) + (index >> 8));

    private static byte SecondByte(int index) => (byte)((index * 5) + 3);

    private static void EmitFold(Assembler a)
    {
        a.movq(rax, xmm6);
        a.psrldq(xmm6, 8);
        a.movq(rcx, xmm6);
        a.add(rax, rcx);
        a.movq(rcx, xmm5);
        a.add(rax, rcx);
        a.psrldq(xmm5, 8);
        a.movq(rcx, xmm5);
        a.lea(rcx, __[rcx + (rcx * 2)]);
        a.add(rax, rcx);
    }
}
