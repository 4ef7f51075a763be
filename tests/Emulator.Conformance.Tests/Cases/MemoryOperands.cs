using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>Chooses the address of a memory operand and an addressing form that reaches it.</summary>
public sealed unsafe class MemoryOperands(OperandConstraints constraints, ulong fsBase, ulong gsBase)
{
    private const ulong NonCanonical = 0x1234_5678_9abc_0000;

    /// <summary>Where the last operand lies.</summary>
    public ulong Address { get; set; }

    /// <summary>An address for an operand of the given size: mostly in the data area, aligned as often as not.</summary>
    public static ulong Choose(CaseRandom random, int size)
    {
        var room = Math.Max(size, 64);
        var address = Arena.DataMiddle - 0x400 + (ulong)random.Below(0x800);
        switch (random.Below(64))
        {
            case < 36:
                return address & ~63ul;
            case < 44:
                return address & ~7ul;
            case < 54:
                return address;
            case < 59:
                // Across the page boundary.
                return Arena.DataMiddle - (ulong)random.Below(room);
            case 59:
                return Arena.ReadOnly + ((ulong)random.Below(0x800) & ~63ul);
            case 60:
                return Arena.Unmapped + (ulong)random.Below(0x800);
            case 61:
                return Arena.Data + Arena.DataSize - (ulong)random.Below(room);
            case 62:
                return NonCanonical;
            default:
                return Arena.Data + (ulong)random.Below(0x100);
        }
    }

    /// <summary>Gives the instruction a memory operand at <paramref name="address"/>.</summary>
    public void Place(ref Instruction instruction, CaseRandom random, ulong address, bool needsSib)
    {
        Address = address;
        var segment = Register.None;
        var reachable = address < 1ul << 31;
        if (random.OneIn(12))
        {
            segment = random.Of([Register.FS, Register.GS, Register.DS, Register.SS, Register.CS, Register.ES]);
            address -= segment == Register.FS ? fsBase : segment == Register.GS ? gsBase : 0;
        }

        instruction.SegmentPrefix = segment;
        var based = segment is Register.FS or Register.GS;
        switch (random.Below(reachable && !based && !needsSib ? 8 : 5))
        {
            case 0 or 1 or 2:
                PlaceBase(ref instruction, random, address, Register.RAX, Register.None);
                break;
            case 3 or 4:
                PlaceBase(ref instruction, random, address, Register.RAX, Register.RAX);
                break;
            case 5:
                instruction.MemoryBase = Register.RIP;
                instruction.MemoryDisplacement64 = address;
                instruction.MemoryDisplSize = 8;
                break;
            case 6:
                instruction.MemoryDisplacement64 = address;
                instruction.MemoryDisplSize = 8;
                break;
            default:
                PlaceBase(ref instruction, random, address, Register.EAX, random.OneIn(2) ? Register.EAX : Register.None);
                break;
        }
    }

    /// <summary>Gives a gather its operand: a base in the middle of the data and a vector of indexes.</summary>
    public void PlaceVector(ref Instruction instruction, CaseRandom random, Register firstVector)
    {
        Address = Arena.DataMiddle;
        var number = constraints.AddressRegister(random);
        constraints.Pin(number, Address);
        instruction.MemoryBase = Register.RAX + number;
        instruction.MemoryIndex = firstVector + random.Below(16);
        instruction.MemoryIndexScale = 1 << random.Below(4);
        var difference = Address - constraints.Value(number);
        instruction.MemoryDisplacement64 = difference;
        instruction.MemoryDisplSize = difference == 0 ? 0 : 8;
    }

    // first and indexFirst: RAX or EAX, the first register of the address size.
    private void PlaceBase(ref Instruction instruction, CaseRandom random, ulong address, Register first, Register indexFirst)
    {
        var is32 = first == Register.EAX;
        var rest = address;
        if (indexFirst != Register.None)
        {
            int index;
            do
            {
                index = constraints.AddressRegister(random);
            }
            while (index == 4);

            instruction.MemoryIndex = indexFirst + index;
            instruction.MemoryIndexScale = 1 << random.Below(4);
            constraints.Pin(index, random.OneIn(2) ? (ulong)(random.Below(0x200) - 0x100) : random.Next());
            rest -= constraints.Value(index) * (ulong)instruction.MemoryIndexScale;
        }

        var number = constraints.AddressRegister(random);
        var displacement = random.Below(4) switch { 0 => 0, 1 => random.Below(0x100) - 0x80, _ => random.Below(0x10000) - 0x8000 };
        var value = rest - (ulong)displacement;
        if (is32)
        {
            // The upper half does not take part.
            value = (uint)value | (random.Next() << 32);
        }

        constraints.Pin(number, value);
        var difference = rest - constraints.Value(number);
        instruction.MemoryBase = first + number;
        instruction.MemoryDisplacement64 = is32 ? (uint)difference : difference;
        instruction.MemoryDisplSize = difference == 0 && random.OneIn(2) ? 0 : (sbyte)(long)difference == (long)difference ? 1 : is32 ? 4 : 8;
    }
}
