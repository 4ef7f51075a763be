using Emulator.Core.Cpu;

namespace Emulator.Core.Instructions.X87;

/// <summary>
/// The unit's control state: FNINIT, FNCLEX, FLDCW, the tag word in its full and abridged forms, the images of FSTENV and FSAVE
/// (SDM Vol. 1, 8.1.10), and what MMX does to the stack.
/// </summary>
public static class X87Environment
{
    private const ushort ControlWordMask = 0x1F3F;

    /// <summary>FNINIT: as after FINIT; the registers keep their content.</summary>
    public static void Initialize(ref X87State x)
    {
        x.ControlWord = 0x037F;
        x.StatusWord = 0;
        x.TagWord = 0xFFFF;
        x.Opcode = 0;
        x.InstructionPointer = 0;
        x.InstructionSelector = 0;
        x.DataPointer = 0;
        x.DataSelector = 0;
    }

    /// <summary>FNCLEX.</summary>
    public static void ClearExceptions(ref X87State x) =>
        x.StatusWord &= unchecked((ushort)~(X87Status.Exceptions | X87Status.StackFault | X87Status.ErrorSummary | X87Status.Busy));

    /// <summary>FLDCW: reserved bits keep their fixed values; an exception that is flagged may become pending.</summary>
    public static void LoadControlWord(ref X87State x, ushort value)
    {
        x.ControlWord = (ushort)((value & ControlWordMask) | 0x40);
        X87Stack.UpdateSummary(ref x);
    }

    /// <summary>Sets the status word, TOP included; ES and B follow from flags and masks.</summary>
    public static void LoadStatusWord(ref X87State x, ushort value)
    {
        x.StatusWord = value;
        X87Stack.UpdateSummary(ref x);
    }

    /// <summary>The tag word as FSTENV stores it: 00 valid, 01 zero, 10 special, 11 empty, from the registers' contents.</summary>
    public static ushort FullTagWord(in X87State x)
    {
        int tags = 0;
        for (int register = 0; register < 8; register++)
        {
            int tag = (x.TagWord >> (register * 2)) & 3;
            if (tag != 3)
            {
                X87Register content = x.Registers[register];
                int exponent = content.SignExponent & 0x7FFF;
                bool integerBit = content.Significand >> 63 != 0;
                tag = exponent == 0 && content.Significand == 0 ? 1 : exponent is 0 or 0x7FFF || !integerBit ? 2 : 0;
            }

            tags |= tag << (register * 2);
        }

        return (ushort)tags;
    }

    /// <summary>The tag byte of FXSAVE: a set bit is an occupied register.</summary>
    public static byte AbridgedTagWord(in X87State x)
    {
        int tags = ~(x.TagWord & (x.TagWord >> 1)) & 0x5555;
        tags = (tags | (tags >> 1)) & 0x3333;
        tags = (tags | (tags >> 2)) & 0x0F0F;
        return (byte)(tags | (tags >> 4));
    }

    /// <summary>Takes over the tag byte of FXRSTOR.</summary>
    public static void LoadAbridgedTagWord(ref X87State x, byte value)
    {
        int empty = (byte)~value;
        empty = (empty | (empty << 4)) & 0x0F0F;
        empty = (empty | (empty << 2)) & 0x3333;
        empty = (empty | (empty << 1)) & 0x5555;
        x.TagWord = (ushort)(empty * 3);
    }

    /// <summary>Whether an unmasked exception waits for the next waiting instruction.</summary>
    public static bool IsErrorPending(in X87State x) => (x.StatusWord & X87Status.ErrorSummary) != 0;

    /// <summary>Size of the image of FSTENV.</summary>
    public static int ImageSize(bool wide) => wide ? 28 : 14;

    /// <summary>FSTENV's image, in the 16- or 32-bit layout of protected mode or of real and virtual-8086 mode.</summary>
    public static void Store(in X87State x, Span<byte> image, bool wide, bool real)
    {
        int unit = wide ? 4 : 2;
        image.Clear();
        uint reserved = wide ? 0xFFFF_0000u : 0;
        Put(image, 0, unit, x.ControlWord | reserved);
        Put(image, 1, unit, x.StatusWord | reserved);
        Put(image, 2, unit, FullTagWord(x) | reserved);
        if (real)
        {
            var instruction = (uint)((x.InstructionSelector << 4) + (uint)x.InstructionPointer);
            var data = (uint)((x.DataSelector << 4) + (uint)x.DataPointer);
            Put(image, 3, unit, instruction & 0xFFFF);
            Put(image, 4, unit, (((instruction >> 16) << 12) & (wide ? 0x0FFF_F000u : 0xF000u)) | (x.Opcode & 0x7FFu));
            Put(image, 5, unit, data & 0xFFFF);
            Put(image, 6, unit, ((data >> 16) << 12) & (wide ? 0x0FFF_F000u : 0xF000u));
            return;
        }

        Put(image, 3, unit, (uint)x.InstructionPointer);
        Put(image, 4, unit, x.InstructionSelector | (wide ? (x.Opcode & 0x7FFu) << 16 : 0));
        Put(image, 5, unit, (uint)x.DataPointer);
        Put(image, 6, unit, x.DataSelector | reserved);
    }

    /// <summary>FLDENV from an image.</summary>
    public static void Load(ref X87State x, ReadOnlySpan<byte> image, bool wide, bool real)
    {
        int unit = wide ? 4 : 2;
        x.ControlWord = (ushort)((Get(image, 0, unit) & ControlWordMask) | 0x40);
        x.StatusWord = (ushort)Get(image, 1, unit);
        x.TagWord = (ushort)Get(image, 2, unit);
        uint third = Get(image, 3, unit), fourth = Get(image, 4, unit), fifth = Get(image, 5, unit), sixth = Get(image, 6, unit);
        if (real)
        {
            // The linear address comes back as an offset.
            x.InstructionPointer = (third & 0xFFFF) | ((fourth & 0x0FFF_F000) << 4);
            x.InstructionSelector = 0;
            x.Opcode = (ushort)(fourth & 0x7FF);
            x.DataPointer = (fifth & 0xFFFF) | ((sixth & 0x0FFF_F000) << 4);
            x.DataSelector = 0;
        }
        else
        {
            x.InstructionPointer = third;
            x.InstructionSelector = (ushort)fourth;
            x.Opcode = wide ? (ushort)((fourth >> 16) & 0x7FF) : (ushort)0;
            x.DataPointer = fifth;
            x.DataSelector = (ushort)sixth;
        }

        X87Stack.UpdateSummary(ref x);
    }

    /// <summary>Masks every exception, as FNSTENV does after storing.</summary>
    public static void MaskAll(ref X87State x)
    {
        x.ControlWord |= X87Status.Exceptions;
        X87Stack.UpdateSummary(ref x);
    }

    private static void Put(Span<byte> image, int index, int unit, uint value)
    {
        if (unit == 4)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(image[(index * 4)..], value);
        }
        else
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(image[(index * 2)..], (ushort)value);
        }
    }

    private static uint Get(ReadOnlySpan<byte> image, int index, int unit) => unit == 4
        ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(image[(index * 4)..])
        : System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(image[(index * 2)..]);
}
