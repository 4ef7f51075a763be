using Iced.Intel;

namespace Emulator.Roms.Bios;

/// <summary>A ROM under construction: code and data at given offsets, none over another.</summary>
internal sealed class RomImage(int length)
{
    private readonly bool[] _used = new bool[length];

    /// <summary>The bytes so far; what nobody placed is zero.</summary>
    public byte[] Bytes { get; } = new byte[length];

    /// <summary>Places data.</summary>
    public void Data(int offset, params ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (_used[offset + i])
            {
                throw new InvalidOperationException($"Offset {offset + i:x4} of the ROM is taken.");
            }

            _used[offset + i] = true;
        }

        bytes.CopyTo(Bytes.AsSpan(offset));
    }

    /// <summary>Assembles code to run at an offset of its segment, and places it there.</summary>
    public void Code(int offset, Action<Assembler> write, int bitness = 16)
    {
        var assembler = new Assembler(bitness);
        write(assembler);
        using var bytes = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(bytes), (ulong)offset);
        Data(offset, bytes.ToArray());
    }
}
