using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>
/// A stack that is written or read before it becomes, or after it has ceased to be, the current one: far transfers work on a cursor and
/// commit it to SS:RSP once nothing can fault any more.
/// </summary>
public unsafe struct StackCursor
{
    private ulong _mask;
    private TlbTable _table;
    private int _errorCode;

    /// <summary>The stack segment.</summary>
    public SegmentCache Segment;

    /// <summary>The stack pointer.</summary>
    public ulong Pointer;

    /// <summary>Whether offsets are 64-bit and the segment is ignored.</summary>
    public bool Is64;

    /// <summary>The current stack.</summary>
    public static StackCursor Current(CpuState* s, int errorCode = 0)
        => s->Is64Bit ? Flat(s, s->Rsp, s->Cpl, errorCode) : On(s, s->Ss, s->Rsp, s->Cpl, errorCode);

    /// <summary>A stack in a segment, accessed with the rights of <paramref name="cpl"/>; #SS gets the error code given.</summary>
    public static StackCursor On(CpuState* s, in SegmentCache segment, ulong pointer, int cpl, int errorCode) => new()
    {
        Segment = segment,
        Pointer = pointer,
        _mask = (segment.Attributes & SegmentCache.Big) != 0 ? uint.MaxValue : ushort.MaxValue,
        _table = ModeTracker.TableFor(s, cpl),
        _errorCode = errorCode,
    };

    /// <summary>A stack of 64-bit mode.</summary>
    public static StackCursor Flat(CpuState* s, ulong pointer, int cpl, int errorCode) => new()
    {
        Segment = s->Ss,
        Pointer = pointer,
        Is64 = true,
        _mask = ulong.MaxValue,
        _table = ModeTracker.TableFor(s, cpl),
        _errorCode = errorCode,
    };

    /// <summary>Pushes a value of 2, 4 or 8 bytes.</summary>
    public bool TryPush(CpuState* s, int size, ulong value)
    {
        var offset = (Pointer - (ulong)size) & _mask;
        if (!TryLinear(s, offset, size, write: true, out var linear))
        {
            return false;
        }

        var done = size switch
        {
            2 => SlowMemory.TryWriteAs(s, linear, _table, (ushort)value),
            4 => SlowMemory.TryWriteAs(s, linear, _table, (uint)value),
            _ => SlowMemory.TryWriteAs(s, linear, _table, value),
        };
        Pointer = done ? offset : Pointer;
        return done;
    }

    /// <summary>Pushes a selector: the pointer moves by <paramref name="size"/>, two bytes are written.</summary>
    public bool TryPushSelector(CpuState* s, int size, ushort selector)
    {
        var offset = (Pointer - (ulong)size) & _mask;
        if (!TryLinear(s, offset, 2, write: true, out var linear) || !SlowMemory.TryWriteAs(s, linear, _table, selector))
        {
            return false;
        }

        Pointer = offset;
        return true;
    }

    /// <summary>Pops a value of 2, 4 or 8 bytes, zero-extended.</summary>
    public bool TryPop(CpuState* s, int size, out ulong value)
    {
        var done = TryPeek(s, 0, size, out value);
        Pointer = done ? (Pointer + (ulong)size) & _mask : Pointer;
        return done;
    }

    /// <summary>Reads the value at a distance above the pointer.</summary>
    public readonly bool TryPeek(CpuState* s, int distance, int size, out ulong value)
    {
        value = 0;
        if (!TryLinear(s, (Pointer + (ulong)distance) & _mask, size, write: false, out var linear))
        {
            return false;
        }

        if (size == 8)
        {
            return SlowMemory.TryReadAs(s, linear, _table, out value);
        }

        if (size == 2)
        {
            var read = SlowMemory.TryReadAs<ushort>(s, linear, _table, out var word);
            value = word;
            return read;
        }

        var done = SlowMemory.TryReadAs<uint>(s, linear, _table, out var doubleWord);
        value = doubleWord;
        return done;
    }

    /// <summary>Moves the pointer up: RET's immediate.</summary>
    public void Release(ulong bytes) => Pointer = (Pointer + bytes) & _mask;

    /// <summary>Makes the pointer RSP, ESP or SP. With a 16-bit stack, the upper bits of ESP stay.</summary>
    public readonly void CommitPointer(CpuState* s)
        => s->Rsp = _mask == ushort.MaxValue ? (s->Rsp & ~(ulong)ushort.MaxValue) | (ushort)Pointer : Pointer & _mask;

    private readonly bool TryLinear(CpuState* s, ulong offset, int size, bool write, out ulong linear)
    {
        if (Is64)
        {
            linear = offset;
            if (!SlowMemory.IsCanonical(s, offset) || !SlowMemory.IsCanonical(s, offset + (ulong)(size - 1)))
            {
                return Fault.StackFault(s, _errorCode);
            }
        }
        else
        {
            linear = (uint)(Segment.Base + offset);
            var cache = Segment;
            if (!SegmentAccess.IsAllowed(s, &cache, (uint)offset, size, write))
            {
                return Fault.StackFault(s, _errorCode);
            }
        }

        var checksAlignment = (s->Mode & CpuMode.AlignmentChecks) != 0 && _table == TlbTable.User;
        return !checksAlignment || (linear & (ulong)(size - 1)) == 0 || Fault.Raise(s, Vector.AlignmentCheck, 0);
    }
}
