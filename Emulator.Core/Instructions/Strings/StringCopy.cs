namespace Emulator.Core.Instructions.Strings;

/// <summary>
/// MOVS of many elements in host memory. Where source and destination overlap so that elements already written are read again, a pattern
/// repeats, element by element: what is below copies in pieces that do not read what they write.
/// </summary>
internal static unsafe class StringCopy
{
    /// <summary>From the lowest element up.</summary>
    public static void Upward(byte* source, byte* destination, int length, int size)
    {
        var distance = destination - source;
        if (distance <= 0 || distance >= length)
        {
            Buffer.MemoryCopy(source, destination, length, length);
        }
        else if (distance % size == 0)
        {
            // What lies between source and the next byte has the distance as its period: it doubles with each piece.
            for (var done = 0; done < length;)
            {
                var piece = Math.Min((int)distance + done, length - done);
                Buffer.MemoryCopy(source, destination + done, piece, piece);
                done += piece;
            }
        }
        else
        {
            var step = Step(distance, size);
            for (var done = 0; done < length; done += step)
            {
                var piece = Math.Min(step, length - done);
                Buffer.MemoryCopy(source + done, destination + done, piece, piece);
            }
        }
    }

    /// <summary>From the highest element down; the pointers are those of the lowest.</summary>
    public static void Downward(byte* source, byte* destination, int length, int size)
    {
        var distance = source - destination;
        if (distance <= 0 || distance >= length)
        {
            Buffer.MemoryCopy(source, destination, length, length);
            return;
        }

        var step = Step(distance, size);
        for (var left = length; left > 0;)
        {
            var piece = Math.Min(step, left);
            left -= piece;
            Buffer.MemoryCopy(source + left, destination + left, piece, piece);
        }
    }

    // Whole elements that lie within the distance; one element, read before it is written, if none does.
    private static int Step(long distance, int size) => distance >= size ? (int)(distance / size * size) : size;
}
