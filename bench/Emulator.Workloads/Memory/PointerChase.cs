using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Memory;

/// <summary>A walk along pointers in 16 MiB, in an order without a pattern: misses of the host's caches and of the software TLB.</summary>
public sealed class PointerChase : Workload
{
    private const int Cells = Data * 2;
    private const int Count = (16 << 20) / CellSize;
    private const int CellSize = 64;
    private const int Steps = 1000;

    private int[]? _order;

    /// <inheritdoc/>
    public override string Name => "chase";

    /// <inheritdoc/>
    public override string Unit => "1000 steps";

    /// <inheritdoc/>
    public override int RoundUnits => 300;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        var order = Order();
        for (var i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(ram[Address(order[i])..], (ulong)Address(order[(i + 1) % Count]));
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var step = a.CreateLabel();
        a.imul(rdi, rdi, Steps);
        a.mov(eax, Cells);
        a.Label(ref step);
        a.mov(rax, __qword_ptr[rax]);
        a.dec(rdi);
        a.jne(step);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var order = Order();
        return (ulong)Address(order[(Array.IndexOf(order, 0) + (units * Steps)) % Count]);
    }

    private static int Address(int cell) => Cells + (cell * CellSize);

    // A shuffle by a generator of our own, so that the order is the same on every host.
    private int[] Order()
    {
        if (_order is null)
        {
            _order = [.. Enumerable.Range(0, Count)];
            var random = 88_172_645_463_325_252ul;
            for (var i = Count - 1; i > 0; i--)
            {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                var other = (int)(random % (ulong)(i + 1));
                (_order[i], _order[other]) = (_order[other], _order[i]);
            }
        }

        return _order;
    }
}
