using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Memory;

/// <summary>
/// Guest memory by linear address with the current privilege's rights. The probe is inlined: index, compare, add, access; all else
/// (miss, device, page crossing, page with code, fault) is the slow path's. False means a fault was recorded and nothing was done.
/// </summary>
public static unsafe class GuestMemory
{
    private const ulong PageMask = ~(ulong)(GuestRam.PageSize - 1);

    /// <summary>Reads a value. <paramref name="segment"/> decides between #SS and #GP on a non-canonical address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead<T>(CpuState* s, Segment segment, ulong linear, out T value)
        where T : unmanaged
    {
        var entry = TlbEntry.For(s->Tlb, linear);
        if (entry->ReadTag == ((linear + (ulong)(sizeof(T) - 1)) & PageMask))
        {
            value = Unsafe.ReadUnaligned<T>((byte*)linear + entry->Addend);
            return true;
        }

        var done = SlowMemory.Read(s, segment, linear, sizeof(T));
        value = *(T*)s->Scratch;
        return done;
    }

    /// <summary>Writes a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWrite<T>(CpuState* s, Segment segment, ulong linear, T value)
        where T : unmanaged
    {
        var entry = TlbEntry.For(s->Tlb, linear);
        if (entry->WriteTag == ((linear + (ulong)(sizeof(T) - 1)) & PageMask))
        {
            Unsafe.WriteUnaligned((byte*)linear + entry->Addend, value);
            return true;
        }

        *(T*)s->Scratch = value;
        return SlowMemory.Write(s, segment, linear, sizeof(T));
    }

    /// <summary>
    /// The first half of a read-modify-write: reads with the rights of a write, so that <see cref="FinishWrite"/> cannot fault.
    /// <paramref name="direct"/> is the host address, or null when the second half must take the slow path.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadForWrite<T>(CpuState* s, Segment segment, ulong linear, out T value, out byte* direct)
        where T : unmanaged
    {
        var entry = TlbEntry.For(s->Tlb, linear);
        if (entry->WriteTag == ((linear + (ulong)(sizeof(T) - 1)) & PageMask))
        {
            direct = (byte*)linear + entry->Addend;
            value = Unsafe.ReadUnaligned<T>(direct);
            return true;
        }

        direct = null;
        var done = SlowMemory.ReadForWrite(s, segment, linear, sizeof(T));
        value = *(T*)s->Scratch;
        return done;
    }

    /// <summary>The second half of a read-modify-write.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FinishWrite<T>(CpuState* s, Segment segment, ulong linear, byte* direct, T value)
        where T : unmanaged
    {
        if (direct != null)
        {
            Unsafe.WriteUnaligned(direct, value);
        }
        else
        {
            *(T*)s->Scratch = value;
            SlowMemory.Write(s, segment, linear, sizeof(T));
        }
    }
}
