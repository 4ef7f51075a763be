using Emulator.Core.Memory;

namespace Emulator.Core.Tests.Memory;

/// <summary>
/// RAM full of random page-table entries that mostly point back into it, so that a walk from anywhere goes on to some end. The reference
/// works on a copy: afterwards the two must be equal, accessed and dirty flags included.
/// </summary>
internal sealed unsafe class RandomTables
{
    public const int Size = 64 * GuestRam.PageSize;

    private readonly byte[] _copy = new byte[Size];
    private readonly GuestRam _ram;
    private readonly Random _random;

    public RandomTables(GuestRam ram, Random random)
    {
        _ram = ram;
        _random = random;
        Reference = new ReferenceWalker(Read, Write);
    }

    /// <summary>The reference, on the copy.</summary>
    public ReferenceWalker Reference { get; }

    /// <summary>A random page of RAM.</summary>
    public ulong Page() => (ulong)_random.Next(Size / GuestRam.PageSize) << GuestRam.PageShift;

    /// <summary>Fills RAM anew for a paging mode.</summary>
    public void Fill(PagingMode mode, int physicalBits)
    {
        var is32 = mode is PagingMode.Bits32 or PagingMode.Bits32WithPse;
        for (var offset = 0; offset < Size; offset += is32 ? 4 : 8)
        {
            if (is32)
            {
                *(uint*)(_ram.Pointer + offset) = (uint)Entry32();
            }
            else
            {
                *(ulong*)(_ram.Pointer + offset) = Entry64(mode, physicalBits);
            }
        }

        new ReadOnlySpan<byte>(_ram.Pointer, Size).CopyTo(_copy);
    }

    /// <summary>Whether RAM is what the reference made of its copy.</summary>
    public bool IsEqual() => new ReadOnlySpan<byte>(_ram.Pointer, Size).SequenceEqual(_copy);

    private bool OneIn(int times) => _random.Next(times) == 0;

    private ulong Entry32()
    {
        var entry = Low();
        if ((entry & 0x80) != 0)
        {
            // A 4 MiB page, if PSE is on: usually at address 0, now and then with reserved or high address bits.
            return entry | (OneIn(4) ? (ulong)_random.Next(0x200) << 13 : 0);
        }

        return entry | Page();
    }

    private ulong Entry64(PagingMode mode, int physicalBits)
    {
        var entry = Low();
        entry |= (entry & 0x80) != 0 && !OneIn(4) ? 0 : Page();
        entry |= OneIn(8) ? 1ul << 63 : 0;
        if (OneIn(32) || (mode != PagingMode.Pae && OneIn(2)))
        {
            // Ignored bits and protection keys; reserved under PAE.
            entry |= (ulong)_random.NextInt64() & 0x7ff0_0000_0000_0000;
        }

        if (OneIn(32))
        {
            entry |= 1ul << _random.Next(physicalBits - 4, 52);
        }

        return entry;
    }

    // Present, writable, user, accessed, dirty, page size, global and ignored bits.
    private ulong Low()
    {
        var entry = (ulong)_random.Next(0x1000) & ~0x80ul;
        entry |= OneIn(8) ? 0 : 7ul;
        entry &= OneIn(16) ? ~1ul : ulong.MaxValue;
        return entry | (OneIn(6) ? 0x80ul : 0);
    }

    // Where nothing answers, reads are all ones and writes are lost.
    private ulong Read(ulong address, int size)
    {
        if (address + (ulong)size > Size)
        {
            return size == 4 ? uint.MaxValue : ulong.MaxValue;
        }

        return size == 4 ? BitConverter.ToUInt32(_copy, (int)address) : BitConverter.ToUInt64(_copy, (int)address);
    }

    private void Write(ulong address, int size, ulong value)
    {
        if (address + (ulong)size <= Size)
        {
            BitConverter.GetBytes(value).AsSpan(0, size).CopyTo(_copy.AsSpan((int)address));
        }
    }
}
