using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>Port 0x80, where firmware writes its progress and Linux spends its I/O delays; reads back the last value.</summary>
public sealed class PostCodePort : IDevice, IPortHandler
{
    /// <summary>Claims port 0x80.</summary>
    public PostCodePort(IoPortBus ports) => ports.Claim("post-code", PcPlatform.PostCodePort, 1, this);

    /// <inheritdoc/>
    public string StateName => "post-code";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>The last code written.</summary>
    public byte Code { get; private set; }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => Code;

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value) => Code = (byte)value;

    /// <inheritdoc/>
    public void Reset() => Code = 0;

    /// <inheritdoc/>
    public void Save(StateWriter writer) => writer.Write(Code);

    /// <inheritdoc/>
    public void Load(StateReader reader) => Code = reader.ReadByte();
}
