using Emulator.Core.Bus;

namespace Emulator.Devices.Apic;

/// <summary>
/// Carries interrupt messages between the local APICs, the I/O APICs and message-signalled interrupts (SDM Vol. 3A, 11.2).
/// As an <see cref="IInterruptSink"/> it is the pair of local interrupt pins, wired in parallel to every local APIC:
/// line 0 is LINT0 (the 8259A's INT output), line 1 is LINT1 (NMI). It has no state of its own.
/// </summary>
public sealed class ApicBus : IMessageInterrupts, IInterruptSink
{
    private readonly List<LocalApic> _locals = [];
    private readonly List<IoApic> _ioApics = [];

    /// <summary>Runs the 8259A's acknowledge cycle and returns its vector.</summary>
    public Func<int>? AcknowledgePic { get; set; }

    /// <summary>The local APICs in the order of their attachment.</summary>
    public IReadOnlyList<LocalApic> LocalApics => _locals;

    internal void Attach(LocalApic local) => _locals.Add(local);

    internal void Attach(IoApic ioApic) => _ioApics.Add(ioApic);

    /// <inheritdoc/>
    public void SetLine(int line, bool level)
    {
        foreach (var local in _locals)
        {
            local.SetLine(line, level);
        }
    }

    /// <summary>Delivers an MSI: address and data as in SDM Vol. 3A, 11.11.1 and 11.11.2.</summary>
    public void Deliver(ulong address, uint data)
    {
        if (address >> 20 != 0xfee)
        {
            return;
        }

        var mode = (DeliveryMode)(data >> 8 & 7);
        var level = (data & 1 << 15) != 0;
        if (level && (data & 1 << 14) == 0)
        {
            return; // The level's de-assertion means nothing to edge-built local APICs.
        }

        var logical = (address & 4) != 0;
        if (mode == DeliveryMode.Fixed && logical && (address & 8) != 0)
        {
            mode = DeliveryMode.LowestPriority; // The redirection hint.
        }

        if (mode is not (DeliveryMode.Reserved or DeliveryMode.StartUp))
        {
            Deliver(new ApicMessage(ApicMessage.FromXApic((byte)(address >> 12)), logical, mode, (byte)data, level));
        }
    }

    /// <summary>Delivers a message to every local APIC it addresses; true when at least one took it.</summary>
    public bool Deliver(in ApicMessage message)
    {
        if (message.Mode == DeliveryMode.LowestPriority)
        {
            return DeliverToLowestPriority(message);
        }

        var accepted = false;
        foreach (var local in _locals)
        {
            if (local.Matches(message))
            {
                accepted |= local.Accept(message);
            }
        }

        return accepted;
    }

    /// <summary>Delivers to every local APIC but <paramref name="sender"/> (the "all excluding self" shorthand).</summary>
    internal void DeliverToOthers(LocalApic sender, in ApicMessage message)
    {
        foreach (var local in _locals)
        {
            if (!ReferenceEquals(local, sender) && local.Matches(message))
            {
                local.Accept(message);
            }
        }
    }

    /// <summary>Tells the I/O APICs that a level-triggered interrupt ended (SDM Vol. 3A, 11.8.5).</summary>
    internal void BroadcastEoi(byte vector)
    {
        foreach (var ioApic in _ioApics)
        {
            ioApic.EndOfInterrupt(vector);
        }
    }

    /// <summary>A local APIC began to accept: the I/O APICs send again what was turned away and is still asserted.</summary>
    internal void RetryLevels()
    {
        foreach (var ioApic in _ioApics)
        {
            ioApic.RetryLevels();
        }
    }

    // SDM Vol. 3A, 11.6.2.4: the lowest processor priority wins; among equals the first does.
    private bool DeliverToLowestPriority(in ApicMessage message)
    {
        LocalApic? lowest = null;
        foreach (var local in _locals)
        {
            if (local.SoftwareEnabled && local.Matches(message)
                && (lowest is null || local.ProcessorPriority < lowest.ProcessorPriority))
            {
                lowest = local;
            }
        }

        return lowest is not null && lowest.Accept(message with { Mode = DeliveryMode.Fixed });
    }
}
