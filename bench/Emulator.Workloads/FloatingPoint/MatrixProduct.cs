using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.FloatingPoint;

/// <summary>The product of two matrices by packed SSE2 double arithmetic; the checksum is made of the bits of the product's sum.</summary>
public sealed class MatrixProduct : Workload
{
    private const int Size = 32;
    private const int RowBytes = Size * 8;
    private const int Left = Data;
    private const int Right = Data + (Size * RowBytes);
    private const int Product = Data + (2 * Size * RowBytes);

    /// <inheritdoc/>
    public override string Name => "matmul";

    /// <inheritdoc/>
    public override string Unit => "32 x 32 matrices";

    /// <inheritdoc/>
    public override int RoundUnits => 30;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        for (var i = 0; i < Size; i++)
        {
            for (var j = 0; j < Size; j++)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(ram[(Left + (i * RowBytes) + (j * 8))..], LeftElement(i, j));
                BinaryPrimitives.WriteDoubleLittleEndian(ram[(Right + (i * RowBytes) + (j * 8))..], RightElement(i, j));
            }
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        a.xor(r8d, r8d);
        a.Label(ref pass);
        EmitProduct(a);
        EmitSum(a);
        a.imul(r8, r8, 31);
        a.movq(rax, xmm0);
        a.add(r8, rax);
        a.dec(rdi);
        a.jne(pass);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var sum = 0.0;
        for (var i = 0; i < Size; i++)
        {
            for (var j = 0; j < Size; j++)
            {
                var element = 0.0;
                for (var k = 0; k < Size; k++)
                {
                    element += LeftElement(i, k) * RightElement(k, j);
                }

                sum += element;
            }
        }

        var checksum = 0ul;
        for (var unit = 0; unit < units; unit++)
        {
            checksum = (checksum * 31) + BitConverter.DoubleToUInt64Bits(sum);
        }

        return checksum;
    }

    private static double LeftElement(int row, int column) => (row + (2 * column)) / 3.0;

    private static double RightElement(int row, int column) => ((3 * row) - column + 1) / 7.0;

    // Rows of the left matrix outside, then its columns, then two elements of a row of the product at a time.
    private static void EmitProduct(Assembler a)
    {
        var row = a.CreateLabel();
        var clear = a.CreateLabel();
        var column = a.CreateLabel();
        var pair = a.CreateLabel();
        a.mov(esi, Left);
        a.mov(ebx, Product);
        a.mov(r9d, Size);
        a.xorpd(xmm3, xmm3);
        a.Label(ref row);
        a.xor(ecx, ecx);
        a.Label(ref clear);
        a.movapd(__xmmword_ptr[rbx + rcx], xmm3);
        a.add(ecx, 16);
        a.cmp(ecx, RowBytes);
        a.jb(clear);
        a.mov(edx, Right);
        a.mov(r10d, Size);
        a.Label(ref column);
        a.movsd(xmm0, __qword_ptr[rsi]);
        a.unpcklpd(xmm0, xmm0);
        a.xor(ecx, ecx);
        a.Label(ref pair);
        a.movapd(xmm1, __xmmword_ptr[rdx + rcx]);
        a.mulpd(xmm1, xmm0);
        a.addpd(xmm1, __xmmword_ptr[rbx + rcx]);
        a.movapd(__xmmword_ptr[rbx + rcx], xmm1);
        a.add(ecx, 16);
        a.cmp(ecx, RowBytes);
        a.jb(pair);
        a.add(rsi, 8);
        a.add(edx, RowBytes);
        a.dec(r10d);
        a.jne(column);
        a.add(rbx, RowBytes);
        a.dec(r9d);
        a.jne(row);
    }

    private static void EmitSum(Assembler a)
    {
        var next = a.CreateLabel();
        a.xorpd(xmm0, xmm0);
        a.mov(ebx, Product);
        a.mov(ecx, Size * Size);
        a.Label(ref next);
        a.addsd(xmm0, __qword_ptr[rbx]);
        a.add(rbx, 8);
        a.dec(ecx);
        a.jne(next);
    }
}
