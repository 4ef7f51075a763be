using Emulator.Core.Bus;

namespace Emulator.Devices.Pci;

/// <summary>
/// Message signalled interrupts of a function (PCI Local Bus Specification 3.0, 6.8.1): one message, a 64-bit address. Its registers
/// are part of the configuration space, which carries its state.
/// </summary>
public sealed class PciMsiCapability
{
    /// <summary>Bytes of the capability.</summary>
    public const int Length = 14;

    private const byte Id = 0x05;
    private const int Control = 2;
    private const int Address = 4;
    private const int Data = 12;
    private const ushort Enable = 0x0001;
    private const ushort MultipleEnable = 0x0070;
    private const ushort Address64 = 0x0080;

    private readonly PciConfigSpace _config;
    private readonly int _offset;
    private readonly IMessageInterrupts _messages;

    /// <summary>Declares the capability's registers; the list that leads to it is the function's.</summary>
    /// <param name="config">The function's configuration space.</param>
    /// <param name="offset">Where it stands.</param>
    /// <param name="next">The next capability; 0 for none.</param>
    /// <param name="messages">Where messages go.</param>
    public PciMsiCapability(PciConfigSpace config, int offset, byte next, IMessageInterrupts messages)
    {
        (_config, _offset, _messages) = (config, offset, messages);
        config.Declare(offset, 1, Id);
        config.Declare(offset + 1, 1, next);
        config.Declare(offset + Control, 2, Address64, Enable | MultipleEnable);
        config.Declare(offset + Address, 4, 0, 0xffff_fffc);
        config.Declare(offset + Address + 4, 4, 0, uint.MaxValue);
        config.Declare(offset + Data, 2, 0, 0xffff);
    }

    /// <summary>Whether the guest has messages instead of the interrupt pin.</summary>
    public bool IsEnabled => (_config.Word(_offset + Control) & Enable) != 0;

    /// <summary>Sends the message, when they are enabled.</summary>
    public void Send()
    {
        if (IsEnabled)
        {
            var address = _config.Dword(_offset + Address) | ((ulong)_config.Dword(_offset + Address + 4) << 32);
            _messages.Deliver(address, _config.Word(_offset + Data));
        }
    }
}
