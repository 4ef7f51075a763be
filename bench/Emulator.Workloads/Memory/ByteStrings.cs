using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Memory;

/// <summary>Loops of one byte at a time, as simple C libraries have them: a string's length, and where two strings differ first.</summary>
public sealed class ByteStrings : Workload
{
    private const int First = Data;
    private const int Second = Data + 0x1800;
    private const int Length = 4000;
    private const int Stride = 37;
    private const int Places = 2048;

    /// <inheritdoc/>
    public override string Name => "strings";

    /// <inheritdoc/>
    public override string Unit => "strlen and strcmp, 4000 bytes";

    /// <inheritdoc/>
    public override int RoundUnits => 100;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        ram.Slice(First, Length).Fill((byte)'x');
        ram.Slice(Second, Length).Fill((byte)'x');
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        a.xor(r8d, r8d);
        a.Label(ref pass);
        EmitPlace(a);
        a.mov(__byte_ptr[rcx + Second], (byte)'y');
        EmitLength(a);
        EmitCompare(a);
        a.rol(r8, 1);
        EmitPlace(a);
        a.mov(__byte_ptr[rcx + Second], (byte)'x');
        a.dec(rdi);
        a.jne(pass);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var sum = 0ul;
        for (var left = units; left != 0; left--)
        {
            sum += Length;
            sum += (ulong)(Place(left) + 'y' - 'x');
            sum = ulong.RotateLeft(sum, 1);
        }

        return sum;
    }

    private static int Place(int units) => ((units * Stride) & (Places - 1)) + (Length - Places);

    private static void EmitPlace(Assembler a)
    {
        a.imul(ecx, edi, Stride);
        a.and(ecx, Places - 1);
        a.add(ecx, Length - Places);
    }

    private static void EmitLength(Assembler a)
    {
        var next = a.CreateLabel();
        a.mov(rsi, -1);
        a.Label(ref next);
        a.inc(rsi);
        a.cmp(__byte_ptr[rsi + First], 0);
        a.jne(next);
        a.add(r8, rsi);
    }

    // Adds the place of the first difference, and the difference.
    private static void EmitCompare(Assembler a)
    {
        var next = a.CreateLabel();
        var differ = a.CreateLabel();
        a.xor(esi, esi);
        a.Label(ref next);
        a.movzx(eax, __byte_ptr[rsi + First]);
        a.movzx(edx, __byte_ptr[rsi + Second]);
        a.cmp(al, dl);
        a.jne(differ);
        a.inc(rsi);
        a.test(al, al);
        a.jne(next);
        a.Label(ref differ);
        a.add(r8, rsi);
        a.sub(edx, eax);
        a.add(r8, rdx);
    }
}
