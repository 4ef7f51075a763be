using System.Runtime.CompilerServices;
using Emulator.Core.Bus;

namespace Emulator.Core.Memory;

/// <summary>Told when the bytes under translated code change or the map does, so that translations can be dropped.</summary>
public unsafe interface IMemoryObserver
{
    /// <summary>Bytes of a page flagged <see cref="RamPageFlags.Code"/> are about to be replaced; <paramref name="host"/> is their host address.</summary>
    void OnCodeWrite(byte* host, int length);

    /// <summary>Bytes of host memory that guests read as ROM are about to be replaced.</summary>
    void OnRomChanged(byte* host, int length);

    /// <summary>The meaning of physical addresses changed: forget all cached translations.</summary>
    void OnMapChanged();
}

/// <summary>
/// The physical address space: RAM, ROM and device windows by priority. Unclaimed addresses read as all ones and ignore writes.
/// Used directly by DMA, page walks and slow paths; the software TLB caches what it says. Machine's thread only.
/// </summary>
public sealed unsafe class MemoryMap(GuestRam ram)
{
    private sealed record View(ulong Start, ulong Length, MemoryRegion Region);

    private readonly List<MemoryRegion> _regions = [];
    private readonly List<IMemoryObserver> _observers = [];
    private View[] _view = [];
    private int _last;

    // The longest stretch of RAM: most addresses lie there.
    private ulong _mainStart;
    private ulong _mainLength;
    private byte* _mainHost;

    /// <summary>The machine's RAM.</summary>
    public GuestRam Ram => ram;

    /// <summary>Every region, in the order of its claim.</summary>
    public IReadOnlyList<MemoryRegion> Regions => _regions;

    /// <summary>Who takes writes to RAM back, where somebody does.</summary>
    public WriteJournal? Journal { get; set; }

    /// <summary>Accesses that nothing claimed.</summary>
    public long UnclaimedAccesses { get; private set; }

    /// <summary>Registers an observer.</summary>
    public void Observe(IMemoryObserver observer) => _observers.Add(observer);

    /// <summary>Maps <paramref name="length"/> bytes of RAM from <paramref name="ramOffset"/> at <paramref name="start"/>, at priority 0.</summary>
    public MemoryRegion MapRam(string name, ulong start, long ramOffset, ulong length)
        => Add(new MemoryRegion(name, start, length, 0) { Kind = RegionKind.Ram, Host = ram.Pointer + ramOffset });

    /// <summary>Maps host memory that is not part of RAM (a ROM, a frame buffer); the caller keeps it alive.</summary>
    public MemoryRegion MapHost(string name, ulong start, byte* host, ulong length, RegionKind kind, int priority)
        => Add(new MemoryRegion(name, start, length, priority) { Kind = kind, Host = host });

    /// <summary>Maps host memory that is read directly and whose writes go to a device: a flash chip. The caller keeps it alive.</summary>
    public MemoryRegion MapRomDevice(string name, ulong start, byte* host, ulong length, IMmioHandler handler, int priority)
        => Add(new MemoryRegion(name, start, length, priority) { Kind = RegionKind.Rom, Host = host, Handler = handler });

    /// <summary>Maps a device window.</summary>
    /// <exception cref="InvalidOperationException">A window of the same priority overlaps it.</exception>
    public MemoryRegion MapMmio(string name, ulong start, ulong length, IMmioHandler handler, int priority = 1)
        => Add(new MemoryRegion(name, start, length, priority) { Kind = RegionKind.Mmio, Handler = handler });

    /// <summary>Moves, shows or hides a region (a PCI BAR, a shadowed ROM).</summary>
    public void Update(MemoryRegion region, ulong start, bool enabled)
    {
        if (region.Start != start || region.Enabled != enabled)
        {
            region.Start = start;
            region.Enabled = enabled;
            Rebuild();
        }
    }

    /// <summary>Takes a region out of the map for good.</summary>
    public void Remove(MemoryRegion region)
    {
        _regions.Remove(region);
        Rebuild();
    }

    /// <summary>
    /// The region that answers at <paramref name="physical"/> and how many bytes from there on it answers; null where nothing does.
    /// </summary>
    public MemoryRegion? Find(ulong physical, out ulong remaining)
    {
        var view = _view;
        if ((uint)_last < (uint)view.Length && physical - view[_last].Start < view[_last].Length)
        {
            remaining = view[_last].Length - (physical - view[_last].Start);
            return view[_last].Region;
        }

        var low = 0;
        var high = view.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            if (physical < view[middle].Start)
            {
                high = middle - 1;
            }
            else if (physical - view[middle].Start >= view[middle].Length)
            {
                low = middle + 1;
            }
            else
            {
                _last = middle;
                remaining = view[middle].Length - (physical - view[middle].Start);
                return view[middle].Region;
            }
        }

        // Behind the last address comes the first again.
        remaining = low < view.Length ? view[low].Start - physical : physical == 0 ? ulong.MaxValue : 0 - physical;
        return null;
    }

    /// <summary>The host address of a page of the machine's RAM; null for anything else. The address is that of the page's first byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* RamPage(ulong physical)
    {
        var offset = physical - _mainStart;
        return offset < _mainLength ? _mainHost + offset : OtherRamPage(physical);
    }

    /// <summary>Reads a value of 1, 2, 4 or 8 bytes; it may cross regions.</summary>
    public T Read<T>(ulong physical)
        where T : unmanaged
    {
        var region = Find(physical, out var remaining);
        if (remaining >= (ulong)sizeof(T))
        {
            if (region is { Kind: not RegionKind.Mmio })
            {
                return Unsafe.ReadUnaligned<T>(region.Host + (physical - region.Start));
            }

            if (sizeof(T) <= 8)
            {
                var raw = ReadDevice(region, physical, sizeof(T));
                return Unsafe.As<ulong, T>(ref raw);
            }
        }

        Unsafe.SkipInit(out T value);
        Read(physical, new Span<byte>(&value, sizeof(T)));
        return value;
    }

    /// <summary>Writes a value of 1, 2, 4 or 8 bytes; it may cross regions.</summary>
    public void Write<T>(ulong physical, T value)
        where T : unmanaged
    {
        var region = Find(physical, out var remaining);
        if (remaining >= (ulong)sizeof(T))
        {
            if (region is { Kind: RegionKind.Ram })
            {
                var target = region.Host + (physical - region.Start);
                if (MarkWritten(target, sizeof(T)))
                {
                    Unsafe.WriteUnaligned(target, value);
                }

                return;
            }

            if (sizeof(T) <= 8 && region is { Handler: not null })
            {
                var raw = 0ul;
                Unsafe.WriteUnaligned(&raw, value);
                WriteDevice(region, physical, sizeof(T), raw);
                return;
            }
        }

        Write(physical, new ReadOnlySpan<byte>(&value, sizeof(T)));
    }

    /// <summary>Reads any number of bytes, across regions; device windows are read in naturally aligned pieces of up to 8 bytes.</summary>
    public void Read(ulong physical, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var region = Find(physical, out var remaining);
            var count = (int)Math.Min((ulong)destination.Length, remaining);
            if (region is { Kind: not RegionKind.Mmio })
            {
                new ReadOnlySpan<byte>(region.Host + (physical - region.Start), count).CopyTo(destination);
            }
            else
            {
                count = Piece(physical, count);
                var raw = ReadDevice(region, physical, count);
                new ReadOnlySpan<byte>(&raw, count).CopyTo(destination);
            }

            destination = destination[count..];
            physical += (ulong)count;
        }
    }

    /// <summary>Writes any number of bytes, across regions; device windows are written in naturally aligned pieces of up to 8 bytes.</summary>
    public void Write(ulong physical, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            var region = Find(physical, out var remaining);
            var count = (int)Math.Min((ulong)source.Length, remaining);
            switch (region?.Kind)
            {
                case RegionKind.Ram:
                    var target = region.Host + (physical - region.Start);
                    count = Math.Min(count, GuestRam.PageSize - (int)(physical & (GuestRam.PageSize - 1)));
                    if (MarkWritten(target, count))
                    {
                        source[..count].CopyTo(new Span<byte>(target, count));
                    }

                    break;
                case RegionKind.Mmio or RegionKind.Rom when region.Handler is not null:
                    count = Piece(physical, count);
                    var raw = 0ul;
                    source[..count].CopyTo(new Span<byte>(&raw, sizeof(ulong)));
                    WriteDevice(region, physical, count, raw);
                    break;
                case null:
                    UnclaimedAccesses++;
                    break;
                default:
                    break;
            }

            source = source[count..];
            physical += (ulong)count;
        }
    }

    /// <summary>
    /// Tells observers of a write to translated code and marks the page dirty. <paramref name="host"/> may lie outside RAM. False when the write is not to
    /// be done, because it could not be taken back.
    /// </summary>
    public bool MarkWritten(byte* host, int length)
    {
        if (!ram.TryOffset(host, out var offset))
        {
            return Journal is null || !Journal.HoldsBack();
        }

        Journal?.OnWrite(offset, length);
        ref var flags = ref ram.Flags(offset);
        if ((flags & RamPageFlags.Code) != 0)
        {
            foreach (var observer in _observers)
            {
                observer.OnCodeWrite(host, length);
            }
        }

        flags |= RamPageFlags.Dirty;
        return true;
    }

    /// <summary>Tells observers that bytes which guests read as ROM are about to change.</summary>
    public void MarkRomChanged(byte* host, int length)
    {
        foreach (var observer in _observers)
        {
            observer.OnRomChanged(host, length);
        }
    }

    /// <summary>A write through a cached translation to ROM: the device behind it is told, if there is one.</summary>
    internal void WriteRom(byte* host, ReadOnlySpan<byte> source)
    {
        foreach (var region in _regions)
        {
            if (region is { Kind: RegionKind.Rom, Enabled: true, Handler: not null } && host >= region.Host && (ulong)(host - region.Host) < region.Length)
            {
                Write(region.Start + (ulong)(host - region.Host), source);
                return;
            }
        }
    }

    private byte* OtherRamPage(ulong physical)
    {
        var region = Find(physical, out var remaining);
        if (region is not { Kind: RegionKind.Ram } || remaining < GuestRam.PageSize)
        {
            return null;
        }

        var host = region.Host + (physical - region.Start);
        return ram.TryOffset(host, out _) ? host : null;
    }

    private void FindMainRam()
    {
        _mainLength = 0;
        foreach (var view in _view)
        {
            // Whole pages: a device window may share one with RAM.
            var start = (view.Start + GuestRam.PageSize - 1) & ~(ulong)(GuestRam.PageSize - 1);
            var end = (view.Start + view.Length) & ~(ulong)(GuestRam.PageSize - 1);
            if (view.Region.Kind != RegionKind.Ram || end <= start || end - start <= _mainLength)
            {
                continue;
            }

            var host = view.Region.Host + (start - view.Region.Start);
            if (ram.TryOffset(host, out _))
            {
                _mainStart = start;
                _mainLength = end - start;
                _mainHost = host;
            }
        }
    }

    private static int Piece(ulong physical, int count)
    {
        var size = 8;
        while (size > count || (physical & (ulong)(size - 1)) != 0)
        {
            size >>= 1;
        }

        return size;
    }

    private ulong ReadDevice(MemoryRegion? region, ulong physical, int size)
        => Journal is not null && Journal.HoldsBack() ? ulong.MaxValue
            : region is null ? Unclaimed() : region.Handler!.ReadMmio(physical - region.Start, size);

    private void WriteDevice(MemoryRegion region, ulong physical, int size, ulong value)
    {
        if (Journal is null || !Journal.HoldsBack())
        {
            region.Handler!.WriteMmio(physical - region.Start, size, value);
        }
    }

    private ulong Unclaimed()
    {
        UnclaimedAccesses++;
        return ulong.MaxValue;
    }

    private MemoryRegion Add(MemoryRegion region)
    {
        if (region.Length == 0)
        {
            throw new InvalidOperationException($"'{region.Name}' is empty.");
        }

        foreach (var other in _regions)
        {
            if (other.Priority == region.Priority && other.Enabled
                && (region.Start - other.Start < other.Length || other.Start - region.Start < region.Length))
            {
                throw new InvalidOperationException(
                    $"'{region.Name}' at 0x{region.Start:x} overlaps '{other.Name}' at 0x{other.Start:x}.");
            }
        }

        _regions.Add(region);
        Rebuild();
        return region;
    }

    // Walks the address line from bound to bound of the regions and keeps, for each piece, the enabled region of highest priority.
    private void Rebuild()
    {
        var view = new List<View>();
        var start = 0ul;
        do
        {
            MemoryRegion? top = null;
            var last = ulong.MaxValue;
            foreach (var region in _regions)
            {
                if (start - region.Start < region.Length)
                {
                    last = Math.Min(last, start + Math.Min(~start, region.Length - 1 - (start - region.Start)));
                    top = region.Enabled && (top is null || region.Priority >= top.Priority) ? region : top;
                }
                else if (region.Start > start)
                {
                    last = Math.Min(last, region.Start - 1);
                }
            }

            var length = last - start + 1;
            if (top is not null && view.Count > 0 && ReferenceEquals(view[^1].Region, top) && view[^1].Start + view[^1].Length == start)
            {
                view[^1] = view[^1] with { Length = view[^1].Length + length };
            }
            else if (top is not null)
            {
                view.Add(new View(start, length, top));
            }

            start = last + 1;
        }
        while (start != 0);

        _view = [.. view];
        _last = 0;
        FindMainRam();
        foreach (var observer in _observers)
        {
            observer.OnMapChanged();
        }
    }
}
