using Emulator.Core.Bus;
using Emulator.Core.Snapshots;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Tests.Pci;

public sealed class PciMsixTests : IMessageInterrupts
{
    private const int Offset = 0x40;
    private const ushort Enable = 0x8000;
    private const ushort FunctionMask = 0x4000;
    private readonly List<(ulong Address, uint Data)> _sent = [];
    private readonly PciConfigSpace _config = new();
    private readonly PciMsixCapability _msix;

    public PciMsixTests() => _msix = new PciMsixCapability(_config, Offset, 0, 5, 4, this);

    void IMessageInterrupts.Deliver(ulong address, uint data) => _sent.Add((address, data));

    [Fact]
    public void Capability_Read_TellsSizeAndPlaces()
    {
        Assert.Equal(0x0004_0011u, _config.Read(Offset, 4));
        Assert.Equal(4u, _config.Read(Offset + 4, 4));
        Assert.Equal(0x804u, _config.Read(Offset + 8, 4));
        Assert.Equal(1ul, _msix.ReadMmio(12, 4));
    }

    [Fact]
    public void Vector_MaskedThenUnmasked_SendsWhatWasPendingOnce()
    {
        Fill(3, 0xfee0_1000, 0x41);
        Control(Enable);
        _msix.Send(3);
        Assert.Empty(_sent);
        Assert.Equal(8ul, _msix.ReadMmio(0x800, 8));
        _msix.WriteMmio((3 * 16) + 12, 4, 0);
        Assert.Equal([(0xfee0_1000ul, 0x41u)], _sent);
        Assert.Equal(0ul, _msix.ReadMmio(0x800, 8));
        _msix.Send(3);
        Assert.Equal(2, _sent.Count);
    }

    [Fact]
    public void FunctionMask_SetAndCleared_HoldsEveryVectorBack()
    {
        Fill(0, 0xfee0_0000, 0x30);
        _msix.WriteMmio(12, 4, 0);
        Control(Enable | FunctionMask);
        _msix.Send(0);
        Assert.Empty(_sent);
        Control(Enable);
        Assert.Equal([(0xfee0_0000ul, 0x30u)], _sent);
    }

    [Fact]
    public void Vector_DisabledOrOutside_SendsNothing()
    {
        _msix.WriteMmio(12, 4, 0);
        _msix.Send(0);
        Control(Enable);
        _msix.Send(5);
        _msix.Send(-1);
        Assert.Empty(_sent);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Noise_OfAnyGuest_NeverThrowsAndStateComesBack(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 5000; i++)
        {
            var size = 1 << random.Next(4);
            _msix.WriteMmio((ulong)random.Next(PciMsixCapability.WindowLength - 8), size, (ulong)random.NextInt64());
            _msix.ReadMmio((ulong)random.Next(PciMsixCapability.WindowLength - 8), size);
            Control((ushort)random.Next(0x10000));
            _msix.Send(random.Next(-2, 8));
        }

        var saved = Save(_msix);
        _msix.Reset();
        using var reader = new StateReader(new MemoryStream(saved));
        _msix.Load(reader);
        Assert.Equal(saved, Save(_msix));
    }

    private static byte[] Save(PciMsixCapability msix)
    {
        using var stream = new MemoryStream();
        using (var writer = new StateWriter(stream))
        {
            msix.Save(writer);
        }

        return stream.ToArray();
    }

    private void Fill(int vector, ulong address, uint data)
    {
        _msix.WriteMmio((ulong)vector * 16, 8, address);
        _msix.WriteMmio(((ulong)vector * 16) + 8, 4, data);
    }

    private void Control(int value)
    {
        _config.Write(Offset + 2, 2, (uint)value);
        _msix.OnConfigWritten(Offset + 2, 2);
    }
}
