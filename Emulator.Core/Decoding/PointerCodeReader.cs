using Iced.Intel;

namespace Emulator.Core.Decoding;

/// <summary>Gives Iced guest bytes straight from host memory.</summary>
internal sealed unsafe class PointerCodeReader : CodeReader
{
    private byte* _next;
    private byte* _end;

    /// <summary>Whether the decoder asked for a byte beyond the end.</summary>
    public bool RanOut { get; private set; }

    public void Set(byte* start, int length)
    {
        _next = start;
        _end = start + length;
        RanOut = false;
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        if (_next < _end)
        {
            return *_next++;
        }

        RanOut = true;
        return -1;
    }
}
