namespace Emulator.Core.Bus;

/// <summary>
/// The 64 Ki I/O ports. Devices claim ranges at assembly (or when a PCI BAR moves); overlap is an error at the claim.
/// Unclaimed ports read as all ones, ignore writes, and are counted. An access that spans two claims is split into bytes.
/// </summary>
public sealed class IoPortBus
{
    private const int PortCount = 0x10000;
    private const int PageLength = 0x100;

    // By the high byte of the port, then by the low one: most are nobody's.
    private readonly PortClaim?[]?[] _claims = new PortClaim?[PortCount / PageLength][];

    /// <summary>Accesses that no device claimed.</summary>
    public long UnclaimedAccesses { get; private set; }

    /// <summary>Claims <paramref name="count"/> ports from <paramref name="first"/>.</summary>
    /// <exception cref="InvalidOperationException">A port of the range is already claimed.</exception>
    public PortClaim Claim(string name, ushort first, int count, IPortHandler handler)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, PortCount);
        for (var i = 0; i < count; i++)
        {
            if (ClaimAt((ushort)(first + i)) is { } other)
            {
                throw new InvalidOperationException($"I/O port 0x{first + i:x4} of '{name}' is already claimed by '{other.Name}'.");
            }
        }

        var claim = new PortClaim(name, first, count, handler);
        for (var port = (int)first; port < first + count; port++)
        {
            (_claims[port / PageLength] ??= new PortClaim?[PageLength])[port % PageLength] = claim;
        }

        return claim;
    }

    /// <summary>Gives the ports of a claim back.</summary>
    public void Release(PortClaim claim)
    {
        for (var i = 0; i < claim.Count; i++)
        {
            var port = claim.First + i;
            if (ReferenceEquals(ClaimAt((ushort)port), claim))
            {
                _claims[port / PageLength]![port % PageLength] = null;
            }
        }
    }

    /// <summary>Whether a device claims the port, for probing assembly code and the monitor.</summary>
    public PortClaim? ClaimAt(ushort port) => _claims[port / PageLength] is { } page ? page[port % PageLength] : null;

    /// <summary>Whether nothing answers at any of a row of ports.</summary>
    public bool IsFree(ushort first, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (ClaimAt((ushort)(first + i)) is not null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads <paramref name="size"/> (1, 2 or 4) bytes from <paramref name="port"/>.</summary>
    public uint Read(ushort port, int size)
    {
        if (ClaimAt(port) is { } claim && port - claim.First + size <= claim.Count)
        {
            return claim.Handler.ReadPort((ushort)(port - claim.First), size) & Mask(size);
        }

        if (size == 1)
        {
            UnclaimedAccesses++;
            return 0xff;
        }

        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            value |= Read((ushort)(port + i), 1) << (8 * i);
        }

        return value;
    }

    /// <summary>Writes <paramref name="size"/> (1, 2 or 4) bytes to <paramref name="port"/>.</summary>
    public void Write(ushort port, int size, uint value)
    {
        if (ClaimAt(port) is { } claim && port - claim.First + size <= claim.Count)
        {
            claim.Handler.WritePort((ushort)(port - claim.First), size, value & Mask(size));
            return;
        }

        if (size == 1)
        {
            UnclaimedAccesses++;
            return;
        }

        for (var i = 0; i < size; i++)
        {
            Write((ushort)(port + i), 1, value >> (8 * i));
        }
    }

    private static uint Mask(int size) => size == 4 ? uint.MaxValue : (1u << (8 * size)) - 1;
}

/// <summary>A range of ports that a device owns.</summary>
public sealed record PortClaim(string Name, ushort First, int Count, IPortHandler Handler);
