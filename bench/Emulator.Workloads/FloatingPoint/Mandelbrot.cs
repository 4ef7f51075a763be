using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.FloatingPoint;

/// <summary>The Mandelbrot set in scalar SSE2 double precision; the checksum adds the iterations of all points.</summary>
public sealed class Mandelbrot : Workload
{
    private const int Size = 32;
    private const int MostIterations = 64;
    private const int Constants = Data;

    /// <inheritdoc/>
    public override string Name => "mandelbrot";

    /// <inheritdoc/>
    public override string Unit => "32 x 32 points";

    /// <inheritdoc/>
    public override int RoundUnits => 10;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        double[] constants = [1.0 / (Size / 2), 1.5, 1.0, 4.0];
        for (var i = 0; i < constants.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(ram[(Constants + (i * 8))..], constants[i]);
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var row = a.CreateLabel();
        var point = a.CreateLabel();
        a.mov(ebx, Constants);
        a.xor(eax, eax);
        a.Label(ref pass);
        a.xor(esi, esi);
        a.Label(ref row);
        EmitCoordinate(a, xmm1, esi, 16);
        a.xor(edx, edx);
        a.Label(ref point);
        EmitCoordinate(a, xmm0, edx, 8);
        EmitIterations(a);
        a.inc(edx);
        a.cmp(edx, Size);
        a.jb(point);
        a.inc(esi);
        a.cmp(esi, Size);
        a.jb(row);
        a.dec(rdi);
        a.jne(pass);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var sum = 0ul;
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                sum += Iterations((x * (1.0 / (Size / 2))) - 1.5, (y * (1.0 / (Size / 2))) - 1.0);
            }
        }

        return sum * (ulong)units;
    }

    private static ulong Iterations(double real, double imaginary)
    {
        var (x, y) = (0.0, 0.0);
        var count = 0ul;
        while (count < MostIterations)
        {
            var xx = x * x;
            var yy = y * y;
            if (xx + yy >= 4.0)
            {
                break;
            }

            y = ((x + x) * y) + imaginary;
            x = xx - yy + real;
            count++;
        }

        return count;
    }

    private static void EmitCoordinate(Assembler a, AssemblerRegisterXMM result, AssemblerRegister32 index, int offset)
    {
        a.cvtsi2sd(result, index);
        a.mulsd(result, __qword_ptr[rbx]);
        a.subsd(result, __qword_ptr[rbx + offset]);
    }

    // c in XMM0 and XMM1, z in XMM2 and XMM3; adds to RAX.
    private static void EmitIterations(Assembler a)
    {
        var next = a.CreateLabel();
        var outside = a.CreateLabel();
        a.xorps(xmm2, xmm2);
        a.xorps(xmm3, xmm3);
        a.mov(ecx, MostIterations);
        a.Label(ref next);
        a.movapd(xmm4, xmm2);
        a.mulsd(xmm4, xmm4);
        a.movapd(xmm5, xmm3);
        a.mulsd(xmm5, xmm5);
        a.movapd(xmm6, xmm4);
        a.addsd(xmm6, xmm5);
        a.ucomisd(xmm6, __qword_ptr[rbx + 24]);
        a.jae(outside);
        a.addsd(xmm2, xmm2);
        a.mulsd(xmm3, xmm2);
        a.addsd(xmm3, xmm1);
        a.movapd(xmm2, xmm4);
        a.subsd(xmm2, xmm5);
        a.addsd(xmm2, xmm0);
        a.inc(rax);
        a.dec(ecx);
        a.jne(next);
        a.Label(ref outside);
    }
}
