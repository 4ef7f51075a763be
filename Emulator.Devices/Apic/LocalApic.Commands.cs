namespace Emulator.Devices.Apic;

/// <content>Interrupt commands: IPIs (SDM Vol. 3A, 11.6).</content>
public sealed partial class LocalApic
{
    // Vector, delivery mode, destination mode, level, trigger and shorthand; delivery status always reads idle.
    private const uint CommandWritable = 0x000c_cfff;

    private enum Shorthand : byte
    {
        None,
        Self,
        All,
        Others,
    }

    private void SendCommand(uint destination)
    {
        var command = _commandLow;
        var mode = (DeliveryMode)(command >> 8 & 7);
        var assert = (command & 1 << 14) != 0;
        var levelTriggered = (command & 1 << 15) != 0;
        var vector = (byte)command;
        var shorthand = (Shorthand)(command >> 18 & 3);
        if (!IsSendable(mode, shorthand, deassert: levelTriggered && !assert))
        {
            return;
        }

        if (mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority && vector < FirstLegalVector)
        {
            Report(ApicErrors.SendIllegalVector);
            return;
        }

        // The trigger mode is issued as edge, whatever the command says (SDM Vol. 3A, 11.6.1).
        var message = new ApicMessage(destination, (command & 1 << 11) != 0, mode, vector, Level: false);
        switch (shorthand)
        {
            case Shorthand.None:
                _bus.Deliver(message);
                break;
            case Shorthand.Self:
                Accept(message);
                break;
            case Shorthand.All:
                _bus.Deliver(message with { Destination = ApicMessage.Broadcast });
                break;
            default:
                _bus.DeliverToOthers(this, message with { Destination = ApicMessage.Broadcast });
                break;
        }
    }

    // SDM Vol. 3A, table 11-3: reserved modes, INIT and start-up to oneself send nothing; INIT level de-assert is not supported.
    private static bool IsSendable(DeliveryMode mode, Shorthand shorthand, bool deassert) => mode switch
    {
        DeliveryMode.Reserved or DeliveryMode.ExtInt => false,
        DeliveryMode.Init => !deassert && shorthand != Shorthand.Self,
        DeliveryMode.StartUp => shorthand != Shorthand.Self,
        _ => true,
    };
}
