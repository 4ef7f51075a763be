using Emulator.Core.Memory;
using Emulator.Devices.Firmware;
using Emulator.Devices.Storage;

namespace Emulator.Devices.Tests.Firmware;

public sealed class ParallelFlashTests : IDisposable
{
    private const ulong Start = 0xffff_0000;
    private const int Length = 0x1_0000;
    private readonly GuestRam _ram = new(1 << 20);
    private readonly MemoryMap _memory;
    private readonly FlashFile _file = new();
    private readonly ParallelFlash _flash;

    public ParallelFlashTests()
    {
        _memory = new MemoryMap(_ram);
        _memory.MapRam("ram", 0, 0, 1 << 20);
        for (var i = 0; i < Length; i++)
        {
            _file.Bytes[i] = (byte)(i >> 4);
        }

        _flash = new ParallelFlash("pflash0", _memory, Start, _file);
        _flash.Reset();
    }

    public void Dispose()
    {
        _flash.Dispose();
        _ram.Dispose();
    }

    [Fact]
    public void Array_AfterReset_IsHostMemoryWithTheFilesBytes()
    {
        Assert.Equal(RegionKind.Rom, _memory.Find(Start + 0x1230, out _)!.Kind);
        Assert.Equal(0x23, Read(0x1230));
    }

    [Fact]
    public void Probe_OfOvmf_FindsFlash()
    {
        Write(0x40, 0x50);
        Assert.NotEqual(0x50, Read(0x40));
        Write(0x40, 0x70);
        Assert.Equal(0x00, Read(0x40));
        Write(0x40, 0xff);
        Assert.Equal(0x04, Read(0x40));
    }

    [Fact]
    public void Program_OfAByte_ClearsBitsAloneAndReachesTheFile()
    {
        Program(0x0f00, 0x3c);
        Assert.Equal(0x80, Read(0));
        Write(0, 0xff);
        Assert.Equal(0xf0 & 0x3c, Read(0x0f00));
        Assert.Equal(0xf0 & 0x3c, _file.Bytes[0x0f00]);
        Assert.True(_file.Flushes > 0);
    }

    [Fact]
    public void Program_WhoseStatusWasRead_IsInTheFile()
    {
        Program(0x0f00, 0x3c);
        Assert.Equal(0xf0, _file.Bytes[0x0f00]);
        Assert.Equal(0x80, Read(0));
        Assert.Equal(0xf0 & 0x3c, _file.Bytes[0x0f00]);
    }

    [Fact]
    public void Program_DuringAFlush_IsInTheFileAtOnceAndFlushedAfterIt()
    {
        _file.IsSlow = true;
        foreach (var offset in (int[])[0x10, 0x2000])
        {
            Erase(offset);
            Program(offset, 0x5a);
            Write(0, 0xff);
            Assert.Equal(0x5a, _file.Bytes[offset]);
        }

        Assert.Equal(1, _file.Flushes);
        _file.Flushing!(BlockStatus.Success);
        Assert.Equal(2, _file.Flushes);
        _file.Flushing!(BlockStatus.Success);
        Assert.Equal(2, _file.Flushes);
    }

    [Fact]
    public void Erase_Confirmed_SetsTheBlockAndNoOther()
    {
        Write(0x2345, 0x20);
        Write(0x2345, 0xd0);
        Write(0, 0xff);
        Assert.Equal([0xff, 0xff, 0x00], [Read(0x2000), Read(0x2fff), Read(0x3000)]);
        Assert.Equal(0xff, _file.Bytes[0x2fff]);
        Assert.Equal(0x00, _file.Bytes[0x3000]);
        Assert.Equal(0xff, _file.Bytes[0x1fff]);
    }

    [Fact]
    public void Erase_NotConfirmed_IsAnErrorAndChangesNothing()
    {
        Write(0x2345, 0x20);
        Write(0x2345, 0xff);
        Assert.Equal(0xb0, Read(0));
        Write(0, 0xff);
        Assert.Equal(0x34, Read(0x2345));
    }

    [Fact]
    public void WriteBuffer_WithinABlock_ProgramsAllOfIt()
    {
        Erase(0x1000);
        Write(0x1010, 0xe8);
        Assert.Equal(0x80, Read(0x1010) & 0x80);
        Write(0x1010, 3);
        for (var i = 0; i < 4; i++)
        {
            Write(0x1010 + i, (byte)(0xa0 + i));
        }

        Write(0x1010, 0xd0);
        Assert.Equal(0x80, Read(0));
        Write(0, 0xff);
        Assert.Equal(0xa3a2a1a0, _memory.Read<uint>(Start + 0x1010));
        Assert.Equal(0xff, Read(0x1014));
    }

    [Fact]
    public void WriteBuffer_AcrossBlocks_IsAnError()
    {
        Write(0x1ffe, 0xe8);
        Write(0x1ffe, 3);
        for (var i = 0; i < 4; i++)
        {
            Write(0x1ffe + i, 0);
        }

        Write(0x1ffe, 0xd0);
        Assert.Equal(0xb0, Read(0));
        Write(0, 0xff);
        Assert.Equal(0xff, Read(0x1ffe));
    }

    [Fact]
    public void Query_Read_TellsCommandSetAndGeometry()
    {
        Write(0x55, 0x98);
        Assert.Equal("QRY", string.Concat(new[] { 0x10, 0x11, 0x12 }.Select(at => (char)Read(at))));
        Assert.Equal(1, Read(0x13));
        Assert.Equal(16, Read(0x27));
        Assert.Equal([15, 0, 16, 0], [Read(0x2d), Read(0x2e), Read(0x2f), Read(0x30)]);
        Assert.Equal('P', (char)Read(Read(0x15)));
        Write(0, 0x90);
        Assert.Equal(0x89, Read(0));
    }

    [Fact]
    public void ReadOnlyChip_Programmed_SaysSoAndKeepsItsBytes()
    {
        _file.IsReadOnly = true;
        Program(0x0f00, 0);
        Assert.Equal(0x90, Read(0));
        Write(0, 0x50);
        Erase(0x0f00);
        Write(0, 0x70);
        Assert.Equal(0xa0, Read(0));
        Write(0, 0xff);
        Assert.Equal(0xf0, Read(0x0f00));
        Assert.Equal(0, _file.Writes);
    }

    [Fact]
    public void Dispose_WithoutReturnToTheArray_WritesWhatWasProgrammed()
    {
        Program(0x0f00, 0);
        Assert.Equal(0, _file.Writes);
        _flash.Dispose();
        Assert.Equal(0, _file.Bytes[0x0f00]);
    }

    [Fact]
    public void Load_AfterChanges_RestoresArrayAndFile()
    {
        Program(0x0f00, 0x10);
        var saved = MachineRig.Save(_flash);
        Erase(0x0000);
        Write(0, 0xff);
        MachineRig.Load(_flash, saved);
        Assert.Equal(0x80, Read(0));
        Assert.Equal(saved, MachineRig.Save(_flash));
        Write(0, 0xff);
        Assert.Equal(0x10, Read(0x0f00));
        Assert.Equal(0x10, _file.Bytes[0x0f00]);
        Assert.Equal(0x12, _file.Bytes[0x0120]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_OfAnyGuest_NeverThrowsAndFileFollowsTheArray(int seed)
    {
        var random = new Random(seed);
        byte[] commands = [0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xd0, 0xe8, 0xff];
        for (var i = 0; i < 20_000; i++)
        {
            var at = Start + (ulong)random.Next(Length - 8);
            var value = random.Next(2) == 0 ? commands[random.Next(commands.Length)] : (ulong)random.NextInt64();
            switch (random.Next(5))
            {
                case 0: _memory.Write(at, (byte)value); break;
                case 1: _memory.Write(at, (ushort)value); break;
                case 2: _memory.Write(at, (uint)value); break;
                case 3: _memory.Write(at, value); break;
                default: _memory.Read<ulong>(at); break;
            }
        }

        _flash.Reset();
        Assert.True(_flash.Contents.SequenceEqual(_file.Bytes));
    }

    private byte Read(int offset) => _memory.Read<byte>(Start + (ulong)offset);

    private void Write(int offset, byte value) => _memory.Write(Start + (ulong)offset, value);

    private void Program(int offset, byte value)
    {
        Write(offset, 0x40);
        Write(offset, value);
    }

    private void Erase(int offset)
    {
        Write(offset, 0x20);
        Write(offset, 0xd0);
    }

    /// <summary>A backend that is done at once, or when the test says so.</summary>
    private sealed class FlashFile : IBlockBackend
    {
        public byte[] Bytes { get; } = new byte[ParallelFlashTests.Length];

        public bool IsSlow { get; set; }

        public Action<BlockStatus>? Flushing { get; private set; }

        public int Writes { get; private set; }

        public int Flushes { get; private set; }

        public long Length => Bytes.Length;

        public bool IsReadOnly { get; set; }

        public int Pending => 0;

        public void Read(long offset, Memory<byte> destination, Action<BlockStatus> done) => done(ReadNow(offset, destination.Span));

        public void Write(long offset, ReadOnlyMemory<byte> source, Action<BlockStatus> done)
        {
            if (!IsSlow)
            {
                done(WriteNow(offset, source.Span));
            }
        }

        public void Flush(Action<BlockStatus> done)
        {
            Flushes++;
            Flushing = done;
            if (!IsSlow)
            {
                done(BlockStatus.Success);
            }
        }

        public void Discard(long offset, long length, Action<BlockStatus> done) => done(BlockStatus.Success);

        public BlockStatus ReadNow(long offset, Span<byte> destination)
        {
            Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return BlockStatus.Success;
        }

        public BlockStatus WriteNow(long offset, ReadOnlySpan<byte> source)
        {
            Writes++;
            source.CopyTo(Bytes.AsSpan((int)offset));
            return BlockStatus.Success;
        }
    }
}
