using System.Buffers.Binary;
using System.Text;
using Emulator.Devices.Firmware;

namespace Emulator.Devices.Tests.Firmware;

public sealed class FwCfgTests : IDisposable
{
    private const ulong Descriptor = 0x2000;
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private byte[] ReadItem(int key, int count)
    {
        _rig.Out16(0x510, (uint)key);
        return [.. Enumerable.Range(0, count).Select(_ => _rig.In(0x511))];
    }

    private uint Dma(uint control, uint length, ulong address)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, control);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), length);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), address);
        _rig.Memory.Write(Descriptor, bytes);
        _rig.Out32(0x514, 0);
        _rig.Out32(0x518, BinaryPrimitives.ReverseEndianness((uint)Descriptor));
        return BinaryPrimitives.ReverseEndianness(_rig.Memory.Read<uint>(Descriptor));
    }

    private ushort KeyOf(string name)
    {
        var directory = ReadItem(FwCfgKey.FileDirectory, 4 + (64 * 2));
        for (var at = 4; at < directory.Length; at += 64)
        {
            if (Encoding.ASCII.GetString(directory, at + 8, 56).TrimEnd('\0') == name)
            {
                return BinaryPrimitives.ReadUInt16BigEndian(directory.AsSpan(at + 4));
            }
        }

        return 0;
    }

    [Fact]
    public void Signature_AndFeatures_AreQemus()
    {
        Assert.Equal("QEMU"u8.ToArray(), ReadItem(0, 4));
        Assert.Equal([3, 0, 0, 0, 0], ReadItem(1, 5));
        Assert.Equal("QEMU CFG"u8.ToArray(), Enumerable.Range(0, 8).Select(i => _rig.In(0x514 + i)));
        Assert.Equal(BinaryPrimitives.ReadUInt32LittleEndian("QEMU"u8), _rig.In32(0x514));
    }

    [Fact]
    public void File_ThroughTheDataPort_IsReadThenZeros()
    {
        Assert.Equal("contents\0\0"u8.ToArray(), ReadItem(KeyOf("etc/test"), 10));
        Assert.Equal([0, 0], ReadItem(0x7777, 2));
    }

    [Fact]
    public void Dma_SelectAndRead_FillsMemoryAndClearsControl()
    {
        _rig.Memory.Write(0x3000, ulong.MaxValue);
        _rig.Memory.Write(0x3008, ulong.MaxValue);
        Assert.Equal(0u, Dma(((uint)KeyOf("etc/test") << 16) | 0x0a, 12, 0x3000));
        Assert.Equal("contents"u8.ToArray(), BitConverter.GetBytes(_rig.Memory.Read<ulong>(0x3000)));
        Assert.Equal(0xffffffff00000000, _rig.Memory.Read<ulong>(0x3008));
    }

    [Fact]
    public void Dma_Skip_MovesTheOffset()
    {
        Dma(((uint)KeyOf("etc/test") << 16) | 0x0c, 3, 0);
        Assert.Equal((byte)'t', _rig.In(0x511));
    }

    [Fact]
    public void Dma_Write_ChangesWritableFilesOnly()
    {
        _rig.Memory.Write(0x3000, 0x1122334455667788ul);
        Assert.Equal(0u, Dma(((uint)KeyOf("etc/writable") << 16) | 0x18, 8, 0x3000));
        Assert.Equal(0x88, _rig.WritableFile[0]);
        Assert.Equal(1, _rig.FileWrites);
        Assert.Equal(1u, Dma(((uint)KeyOf("etc/writable") << 16) | 0x18, 65, 0x3000));
        Assert.Equal(1u, Dma(((uint)KeyOf("etc/test") << 16) | 0x18, 8, 0x3000));
    }

    [Fact]
    public void Dma_OfAHugeLength_EndsAndTouchesRamAlone()
    {
        Assert.Equal(0u, Dma(0x0a, uint.MaxValue, 0xffffffffffff0000));
        Assert.Equal(0u, Dma(0x02, uint.MaxValue, MachineRig.RamSize - 0x1000));
    }
}
