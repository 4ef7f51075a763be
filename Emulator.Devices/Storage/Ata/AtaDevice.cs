using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Ata;

/// <summary>
/// A device on an ATA bus, parallel or serial, as its command layer: registers, commands and data, whatever moves them
/// (ATA/ATAPI-6, 9). Its transport saves and loads it.
/// </summary>
public abstract class AtaDevice : IDrive
{
    /// <summary>Bytes that are moved in one piece at most.</summary>
    public const int BufferSize = 256 << 10;

    /// <summary>Bytes of a logical sector of a disk.</summary>
    public const int SectorSize = 512;

    private bool _deferred;

    private protected AtaDevice(string name)
    {
        Name = name;
        Request = NewRequest();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public abstract DriveKind Kind { get; }

    /// <inheritdoc/>
    public abstract IBlockBackend? Medium { get; }

    /// <inheritdoc/>
    public virtual bool IsLocked => true;

    /// <summary>The command block.</summary>
    public AtaRegisters Registers { get; } = new();

    /// <summary>What it is attached to.</summary>
    public IAtaTransport? Transport { get; set; }

    /// <summary>Whether it hangs on a serial link: IDENTIFY says so.</summary>
    public bool IsSerial { get; set; }

    /// <summary>What is to be moved.</summary>
    public AtaDataKind DataKind { get; private set; }

    /// <summary>The bytes to move.</summary>
    public Span<byte> Data => Request.Buffer.AsSpan(0, DataLength);

    /// <summary>How many bytes are to be moved.</summary>
    public int DataLength { get; private set; }

    /// <summary>Bytes of a block of programmed I/O, each of which the host is told of.</summary>
    public int BlockLength { get; private set; }

    /// <summary>Whether the host is told of the first block as well.</summary>
    public bool FirstBlockInterrupts { get; private set; }

    /// <summary>Whether it works on a command.</summary>
    public bool IsBusy => (Registers.Status & (AtaStatus.Bsy | AtaStatus.Drq)) != 0;

    /// <summary>Whether it is a packet device: DEVICE RESET is its own, and it is not ready after a reset.</summary>
    public abstract bool IsPacketDevice { get; }

    private protected BlockRequest Request { get; private set; }

    /// <inheritdoc/>
    public virtual void ChangeMedium(IBlockBackend? medium) => throw new InvalidOperationException($"{Name} is no drive with removable media.");

    /// <summary>Takes a command. The transport has seen to it that none is running.</summary>
    public void Start(byte command)
    {
        Registers.Command = command;
        Registers.Status = (byte)((Registers.Status & ~(AtaStatus.Err | AtaStatus.DeviceFault)) | AtaStatus.Bsy);
        Registers.Error = 0;
        if (Request.IsBusy)
        {
            // What a reset cut off still uses the buffer.
            _deferred = true;
            return;
        }

        Execute(command);
    }

    /// <summary>Called by the transport when <see cref="Data"/> has been moved.</summary>
    public void DataDone()
    {
        var kind = DataKind;
        DataKind = AtaDataKind.None;
        Registers.Status = (byte)((Registers.Status & ~AtaStatus.Drq) | AtaStatus.Bsy);
        OnDataDone(kind);
    }

    /// <summary>Called by the transport when a block of programmed I/O begins.</summary>
    public virtual void BeginBlock(int length)
    {
    }

    /// <summary>The device is being held in reset.</summary>
    public void HoldInReset()
    {
        Stop();
        Registers.Status = AtaStatus.Bsy;
    }

    /// <summary>Ends a reset by the SRST bit: the signature stands in the registers.</summary>
    public void SoftReset()
    {
        Stop();
        Registers.Error = AtaError.DiagnosticPassed;
        Registers.Status = IsPacketDevice ? (byte)0 : AtaStatus.Ready;
        SetSignature();
    }

    /// <summary>Power-on and the hardware reset: settings are the defaults too.</summary>
    public void HardReset()
    {
        SoftReset();
        Registers.Command = 0;
        ResetSettings();
    }

    /// <summary>Puts the device's signature into the registers.</summary>
    public abstract void SetSignature();

    /// <summary>Ends what runs without a word.</summary>
    public void Stop()
    {
        Request.Cancel();
        _deferred = false;
        DataKind = AtaDataKind.None;
        DataLength = 0;
        OnStop();
    }

    /// <summary>Writes the device's state. No request is pending then (<see cref="IBlockBackend.Pending"/>).</summary>
    public void Save(StateWriter writer)
    {
        Registers.Save(writer);
        writer.Write((byte)DataKind);
        writer.Write(BlockLength);
        writer.Write(FirstBlockInterrupts);
        writer.Write(DataKind == AtaDataKind.None ? [] : Data);
        SaveDevice(writer);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        Request.Cancel();
        Request = NewRequest();
        _deferred = false;
        Registers.Load(reader);
        DataKind = (AtaDataKind)reader.ReadByte();
        BlockLength = reader.ReadInt32();
        FirstBlockInterrupts = reader.ReadBoolean();
        var data = reader.ReadBytes(BufferSize);
        DataLength = data.Length;
        data.CopyTo(Request.Reserve(data.Length).AsSpan());
        LoadDevice(reader);
    }

    /// <summary>Carries a command out, or begins to.</summary>
    protected abstract void Execute(byte command);

    /// <summary>Goes on when data has been moved.</summary>
    protected abstract void OnDataDone(AtaDataKind kind);

    /// <summary>Goes on when the backend has done what <see cref="Request"/> asked.</summary>
    protected abstract void OnRequestDone(BlockStatus status);

    /// <summary>Forgets what runs.</summary>
    protected abstract void OnStop();

    /// <summary>The settings of SET FEATURES and the like are the defaults.</summary>
    protected abstract void ResetSettings();

    /// <summary>Saves what the device adds.</summary>
    protected abstract void SaveDevice(StateWriter writer);

    /// <summary>Loads what <see cref="SaveDevice"/> wrote.</summary>
    protected abstract void LoadDevice(StateReader reader);

    /// <summary>Has the transport move the buffer's first bytes.</summary>
    private protected void Move(AtaDataKind kind, int length, int blockLength, bool firstBlockInterrupts)
    {
        Request.Reserve(length);
        DataKind = kind;
        DataLength = length;
        BlockLength = blockLength;
        FirstBlockInterrupts = firstBlockInterrupts;
        Registers.Status = (byte)((Registers.Status & ~AtaStatus.Bsy) | AtaStatus.Ready | AtaStatus.Drq);
        Transport?.BeginData(this);
    }

    /// <summary>Ends the command well.</summary>
    private protected void Succeed(bool interrupt = true) => End(AtaStatus.Ready, 0, interrupt);

    /// <summary>Ends the command with an error.</summary>
    private protected void Fail(byte error) => End(AtaStatus.Ready | AtaStatus.Err, error, interrupt: true);

    /// <summary>Ends the command.</summary>
    private protected void End(byte status, byte error, bool interrupt)
    {
        Registers.Status = status;
        Registers.Error = error;
        Transport?.EndCommand(this, interrupt);
    }

    private BlockRequest NewRequest() => new(status => OnRequestDone(status)) { Released = OnReleased };

    private void OnReleased()
    {
        if (_deferred && !Request.IsBusy)
        {
            _deferred = false;
            Execute(Registers.Command);
        }
    }
}
