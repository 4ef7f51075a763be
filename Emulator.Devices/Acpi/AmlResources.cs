namespace Emulator.Devices.Acpi;

/// <summary>Builds a resource template (ACPI 6.5, 6.4): each method adds the descriptor of its ASL name.</summary>
internal sealed class AmlResources
{
    // Producer or not matters to bridges alone; both ends fixed, positive decode.
    private const byte FixedRange = 0x0c;

    private readonly List<byte> _bytes = [];

    public AmlTerm Template => Aml.Buffer([.. _bytes, 0x79, 0x00]);

    /// <summary>A range of I/O ports, decoded with 16 bits.</summary>
    public AmlResources Io(int first, int count)
        => Add([0x47, 0x01], (2, first), (2, first), (1, 1), (1, count));

    /// <summary>An edge-triggered, active-high ISA interrupt.</summary>
    public AmlResources IrqNoFlags(int irq) => Add([0x22], (2, 1 << irq));

    /// <summary>A shared, level-triggered, active-high interrupt, or a choice of them.</summary>
    public AmlResources Interrupt(params ReadOnlySpan<int> irqs)
    {
        Add([0x89], (2, 2 + 4 * irqs.Length), (1, 0x09), (1, irqs.Length));
        foreach (var irq in irqs)
        {
            Add([], (4, irq));
        }

        return this;
    }

    public AmlResources Memory32Fixed(uint start, int length) => Add([0x86], (2, 9), (1, 1), (4, start), (4, length));

    public AmlResources WordBusNumber(int first, int last)
        => Add([0x88], (2, 0x0d), (1, 2), (1, FixedRange), (1, 0), (2, 0), (2, first), (2, last), (2, 0), (2, last - first + 1));

    public AmlResources WordIo(int first, int last)
        => Add([0x88], (2, 0x0d), (1, 1), (1, FixedRange), (1, 3), (2, 0), (2, first), (2, last), (2, 0), (2, last - first + 1));

    /// <summary>A read-write memory window below 4 GiB.</summary>
    public AmlResources DWordMemory(uint first, uint last, bool cacheable)
        => Add([0x87], (2, 0x17), (1, 0), (1, FixedRange), (1, cacheable ? 3 : 1), (4, 0), (4, first), (4, last), (4, 0), (4, last - first + 1L));

    /// <summary>A read-write memory window anywhere.</summary>
    public AmlResources QWordMemory(ulong first, ulong last, bool cacheable)
        => Add([0x8a], (2, 0x2b), (1, 0), (1, FixedRange), (1, cacheable ? 3 : 1), (8, 0), (8, (long)first), (8, (long)last), (8, 0),
            (8, (long)(last - first + 1)));

    private AmlResources Add(ReadOnlySpan<byte> tag, params ReadOnlySpan<(int Size, long Value)> fields)
    {
        _bytes.AddRange(tag);
        foreach (var (size, value) in fields)
        {
            for (var i = 0; i < size; i++)
            {
                _bytes.Add((byte)(value >> (8 * i)));
            }
        }

        return this;
    }
}
