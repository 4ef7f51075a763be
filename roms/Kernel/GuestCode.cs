using System.Runtime.InteropServices;
using System.Text;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>
/// A piece of guest code under construction: Iced's assembler, a pool of constants at an address known from the start,
/// and the few idioms that are repeated everywhere.
/// </summary>
/// <remarks>
/// Calls follow the System V convention: arguments in RDI, RSI, RDX; result in RAX; RBX, RBP and R12-R15 survive.
/// </remarks>
internal class GuestCode(long textAddress, long constantsAddress)
{
    private readonly List<byte> _constants = [];
    private AssemblerResult _assembled;

    /// <summary>The assembler.</summary>
    public Assembler Asm { get; } = new(64);

    /// <summary>Where <see cref="Print"/> goes.</summary>
    public TextRoutines Text { get; } = new();

    /// <summary>The constants so far.</summary>
    public byte[] Constants => [.. _constants];

    /// <summary>Starts a function that others reach by <paramref name="label"/>.</summary>
    public void Function(ref Label label)
    {
        if (label.IsEmpty)
        {
            label = Asm.CreateLabel();
        }

        Asm.Label(ref label);

        // Iced allows one label for an instruction; with this, a function may start with a loop.
        Asm.zero_bytes();
    }

    /// <summary>The label, created at its first use.</summary>
    public Label Of(ref Label label)
    {
        if (label.IsEmpty)
        {
            label = Asm.CreateLabel();
        }

        return label;
    }

    /// <summary>Calls a function, which may be defined later.</summary>
    public void Call(ref Label label) => Asm.call(Of(ref label));

    /// <summary>The address of a NUL-terminated string.</summary>
    public long String(string text) => Constant(Encoding.ASCII.GetBytes(text + '\0'));

    /// <summary>The address of a block of constant bytes, aligned to 8.</summary>
    public long Constant(ReadOnlySpan<byte> bytes)
    {
        while (_constants.Count % 8 != 0)
        {
            _constants.Add(0);
        }

        var address = constantsAddress + _constants.Count;
        _constants.AddRange(bytes);
        return address;
    }

    /// <summary>The address of a block of constants whose bytes come later, by <see cref="Fill"/>.</summary>
    public long Reserve(int size) => Constant(new byte[size]);

    /// <summary>Gives a reserved block its bytes.</summary>
    public void Fill(long address, ReadOnlySpan<byte> bytes)
        => bytes.CopyTo(CollectionsMarshal.AsSpan(_constants)[(int)(address - constantsAddress)..]);

    /// <summary>Prints a constant string.</summary>
    public void Print(string text)
    {
        Asm.mov(rdi, String(text));
        Call(ref Text.Put);
    }

    /// <summary>Prints RDI in decimal.</summary>
    public void PrintNumber() => Call(ref Text.PutNumber);

    /// <summary>Prints RDI in hexadecimal.</summary>
    public void PrintHex() => Call(ref Text.PutHex);

    /// <summary>Encodes everything. Afterwards <see cref="AddressOf"/> answers.</summary>
    public byte[] Assemble()
    {
        using var bytes = new MemoryStream();
        _assembled = Asm.Assemble(new StreamCodeWriter(bytes), (ulong)textAddress, BlockEncoderOptions.ReturnNewInstructionOffsets);
        return bytes.ToArray();
    }

    /// <summary>Where a label has come to stand.</summary>
    public ulong AddressOf(Label label) => _assembled.GetLabelRIP(label);
}
