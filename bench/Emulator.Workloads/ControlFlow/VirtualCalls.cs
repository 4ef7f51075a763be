using System.Buffers.Binary;
using System.Numerics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.ControlFlow;

/// <summary>A virtual method of objects of four classes, in an order without a pattern: indirect calls that a cache of one target misses.</summary>
public sealed class VirtualCalls : Workload
{
    private const int Objects = Data;
    private const int Count = 256;
    private const int ObjectSize = 16;
    private const int Tables = Data + 0x2000;
    private const int Classes = 4;
    private const int TableSize = 16;
    private const int Slot = 8;

    /// <inheritdoc/>
    public override string Name => "virtcall";

    /// <inheritdoc/>
    public override string Unit => "256 calls";

    /// <inheritdoc/>
    public override int RoundUnits => 1000;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        for (var i = 0; i < Count; i++)
        {
            var place = ram[(Objects + (i * ObjectSize))..];
            BinaryPrimitives.WriteUInt64LittleEndian(place, (ulong)(Tables + (ClassOf(i) * TableSize)));
            BinaryPrimitives.WriteUInt64LittleEndian(place[8..], FieldOf(i));
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var next = a.CreateLabel();
        var end = a.CreateLabel();
        var methods = Enumerable.Range(0, Classes).Select(_ => a.CreateLabel()).ToArray();
        a.xor(ecx, ecx);
        for (var i = 0; i < Classes; i++)
        {
            a.lea(rax, __[methods[i]]);
            a.mov(__qword_ptr[rcx + Tables + (i * TableSize) + Slot], rax);
        }

        a.mov(eax, 1);
        a.Label(ref pass);
        a.mov(ebx, Objects);
        a.Label(ref next);
        a.mov(rdx, __qword_ptr[rbx]);
        a.call(__qword_ptr[rdx + Slot]);
        a.add(rbx, ObjectSize);
        a.cmp(rbx, Objects + (Count * ObjectSize));
        a.jb(next);
        a.dec(rdi);
        a.jne(pass);
        a.jmp(end);
        EmitMethods(a, methods);
        a.Label(ref end);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var x = 1ul;
        for (var unit = 0; unit < units; unit++)
        {
            for (var i = 0; i < Count; i++)
            {
                x = ClassOf(i) switch
                {
                    0 => x + FieldOf(i),
                    1 => (x * 3) ^ FieldOf(i),
                    2 => BitOperations.RotateRight(x, 7),
                    _ => x - FieldOf(i),
                };
            }
        }

        return x;
    }

    private static int ClassOf(int index) => (int)(((uint)index * 2_654_435_761u) >> 30);

    private static ulong FieldOf(int index) => ((ulong)index * 0x9e37_79b9) + 1;

    private static void EmitMethods(Assembler a, Label[] methods)
    {
        a.Label(ref methods[0]);
        a.add(rax, __qword_ptr[rbx + 8]);
        a.ret();
        a.Label(ref methods[1]);
        a.lea(rax, __[rax + (rax * 2)]);
        a.xor(rax, __qword_ptr[rbx + 8]);
        a.ret();
        a.Label(ref methods[2]);
        a.ror(rax, 7);
        a.ret();
        a.Label(ref methods[3]);
        a.sub(rax, __qword_ptr[rbx + 8]);
        a.ret();
    }
}
