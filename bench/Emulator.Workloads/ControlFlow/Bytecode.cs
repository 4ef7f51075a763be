using System.Numerics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.ControlFlow;

/// <summary>An interpreter of a small bytecode: one indirect jump through a table for each of its instructions.</summary>
public sealed class Bytecode : Workload
{
    private const int Program = Data;
    private const int Table = Data + 0x100;
    private const int Turns = 100;
    private const ulong FirstOperand = 1;
    private const ulong SecondOperand = 0x9e37_79b9_7f4a_7c15;

    private enum Opcode : byte
    {
        Add,
        Xor,
        Rotate,
        Decrement,
        LoopIfNotZero,
        AddImmediate,
        Triple,
        Halt,
    }

    /// <inheritdoc/>
    public override string Name => "bytecode";

    /// <inheritdoc/>
    public override string Unit => "1000 opcodes";

    /// <inheritdoc/>
    public override int RoundUnits => 600;

    // Ten opcodes a turn.
    private static ReadOnlySpan<byte> Code =>
    [
        (byte)Opcode.Add, (byte)Opcode.Xor, (byte)Opcode.AddImmediate, 7, (byte)Opcode.Add, (byte)Opcode.Rotate, (byte)Opcode.Xor,
        (byte)Opcode.Triple, (byte)Opcode.Add, (byte)Opcode.Decrement, (byte)Opcode.LoopIfNotZero, (byte)Opcode.Halt,
    ];

    /// <inheritdoc/>
    public override void Load(Span<byte> ram) => Code.CopyTo(ram[Program..]);

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        a.xor(ecx, ecx);
        var labels = Enum.GetValues<Opcode>().Select(_ => a.CreateLabel()).ToArray();
        for (var i = 0; i < labels.Length; i++)
        {
            a.lea(rax, __[labels[i]]);
            a.mov(__qword_ptr[rcx + Table + (i * 8)], rax);
        }

        a.imul(r10, rdi, Turns);
        a.mov(r8d, (uint)FirstOperand);
        a.mov(r9, SecondOperand);
        a.mov(esi, Program);
        EmitNext(a);
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            a.Label(ref labels[(int)opcode]);
            EmitHandler(a, opcode);
        }

        a.mov(rax, r8);
        a.xor(rax, r9);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var (x, y) = (FirstOperand, SecondOperand);
        for (var i = units * Turns; i != 0; i--)
        {
            x += y;
            y ^= x;
            x += 7;
            x += y;
            x = BitOperations.RotateLeft(x, 1);
            y ^= x;
            x *= 3;
            x += y;
        }

        return x ^ y;
    }

    private static void EmitNext(Assembler a)
    {
        a.movzx(eax, __byte_ptr[rsi]);
        a.inc(rsi);
        a.jmp(__qword_ptr[(rax * 8) + Table]);
    }

    // The last opcode's handler is what follows the interpreter.
    private static void EmitHandler(Assembler a, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Add:
                a.add(r8, r9);
                break;
            case Opcode.Xor:
                a.xor(r9, r8);
                break;
            case Opcode.Rotate:
                a.rol(r8, 1);
                break;
            case Opcode.Decrement:
                a.dec(r10);
                break;
            case Opcode.LoopIfNotZero:
                a.mov(ecx, Program);
                a.test(r10, r10);
                a.cmovne(rsi, rcx);
                break;
            case Opcode.AddImmediate:
                a.movzx(ecx, __byte_ptr[rsi]);
                a.inc(rsi);
                a.add(r8, rcx);
                break;
            case Opcode.Triple:
                a.lea(r8, __[r8 + (r8 * 2)]);
                break;
            default:
                return;
        }

        EmitNext(a);
    }
}
