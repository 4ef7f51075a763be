using System.Runtime.CompilerServices;
using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;
using Emulator.Devices.Storage;

namespace Emulator.Devices.Firmware;

/// <summary>
/// An 8-bit wide flash chip with the Intel command set (Intel StrataFlash 28F640J3 data sheet, order 290667, chapter 9; JEDEC JESD68.01),
/// of blocks of 4 KiB, as firmware made for QEMU expects its <c>pflash</c>. While it gives its array, the guest reads and runs it as ROM;
/// after a command it is a device until the array is asked for again. What is programmed is in the backend before the guest can see that it is
/// done: before the status says so, or the array is there again.
/// </summary>
public sealed unsafe class ParallelFlash : IDevice, IMmioHandler, IDisposable, IByteRegisters
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockLength = 0x1000;

    private const byte ReadArray = 0xff;
    private const byte ReadIdentifier = 0x90;
    private const byte ReadQuery = 0x98;
    private const byte ReadStatus = 0x70;
    private const byte ClearStatus = 0x50;
    private const byte BlockErase = 0x20;
    private const byte Program = 0x10;
    private const byte ProgramAlternative = 0x40;
    private const byte WriteToBuffer = 0xe8;
    private const byte Lock = 0x60;
    private const byte Confirm = 0xd0;

    private const byte StatusReady = 0x80;
    private const byte StatusEraseError = 0x20;
    private const byte StatusProgramError = 0x10;

    private const byte ManufacturerIntel = 0x89;
    private const byte DeviceCode = 0x18;
    private const int BufferLength = 256;
    private const byte Erased = 0xff;

    private readonly MemoryMap _memory;
    private readonly IBlockBackend _backend;
    private readonly byte[] _array;
    private readonly FlashQuery _query;
    private readonly MemoryRegion _rom;
    private readonly MemoryRegion _window;
    private readonly ulong _start;

    private readonly byte[] _buffer = new byte[BufferLength];
    private byte _mode = ReadArray;
    private byte _pending;
    private byte _status = StatusReady;
    private int _bufferStart;
    private int _bufferCount;
    private int _bufferLeft;
    private int _dirtyStart;
    private int _dirtyEnd;
    private bool _isFlushing;
    private bool _isUnflushed;

    /// <summary>Maps the chip.</summary>
    /// <param name="name">Its name, such as <c>pflash0</c>.</param>
    /// <param name="memory">The machine's memory.</param>
    /// <param name="start">Its first address.</param>
    /// <param name="backend">Its contents, of a multiple of <see cref="BlockLength"/> bytes.</param>
    /// <exception cref="ArgumentException">The length is no multiple of a block's, or the contents cannot be read.</exception>
    public ParallelFlash(string name, MemoryMap memory, ulong start, IBlockBackend backend)
    {
        if (backend.Length <= 0 || backend.Length % BlockLength != 0 || backend.Length > int.MaxValue)
        {
            throw new ArgumentException($"A flash chip has a multiple of {BlockLength} bytes, not {backend.Length}.", nameof(backend));
        }

        StateName = name;
        (_memory, _backend, _start) = (memory, backend, start);
        _array = GC.AllocateArray<byte>((int)backend.Length, pinned: true);
        if (backend.ReadNow(0, _array) != BlockStatus.Success)
        {
            throw new ArgumentException("The contents cannot be read.", nameof(backend));
        }

        _query = new FlashQuery(_array.Length, BlockLength, BufferLength);
        _rom = memory.MapRomDevice(name, start, Host, (ulong)_array.Length, this, PcPlatform.SystemRomPriority);
        _window = memory.MapMmio($"{name}-commands", start, (ulong)_array.Length, this, PcPlatform.FlashCommandPriority);
        memory.Update(_window, start, enabled: false);
    }

    /// <inheritdoc/>
    public string StateName { get; }

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>The chip's contents.</summary>
    public ReadOnlySpan<byte> Contents => _array;

    private byte* Host => (byte*)Unsafe.AsPointer(ref _array[0]);

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size) => ByteRegisters.Read(this, offset, size);

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        Span<byte> bytes = stackalloc byte[size];
        for (var i = 0; i < size; i++)
        {
            bytes[i] = (byte)(value >> (8 * i));
        }

        // The data of a wide access is programmed byte by byte; of a command, the lowest byte is the one.
        if (_pending == Program)
        {
            ProgramBytes((int)offset, bytes);
            _pending = 0;
            return;
        }

        WriteByte((int)offset, bytes[0]);
        for (var i = 1; i < size && _pending == WriteToBuffer && _bufferLeft > 0; i++)
        {
            WriteByte((int)offset + i, bytes[i]);
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _pending = 0;
        _status = StatusReady;
        _bufferCount = _bufferLeft = _bufferStart = 0;
        Array.Clear(_buffer);
        Enter(ReadArray);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_mode);
        writer.Write(_pending);
        writer.Write(_status);
        writer.Write(_bufferStart);
        writer.Write(_bufferCount);
        writer.Write(_bufferLeft);
        writer.Write(_buffer.AsSpan());
        writer.Write(_array.AsSpan());
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _mode = reader.ReadByte();
        _pending = reader.ReadByte();
        _status = reader.ReadByte();
        _bufferStart = Math.Clamp(reader.ReadInt32(), 0, _array.Length - 1);
        _bufferCount = Math.Clamp(reader.ReadInt32(), 0, BufferLength);
        _bufferLeft = Math.Clamp(reader.ReadInt32(), 0, _bufferCount);
        reader.ReadBytes(_buffer);
        LoadArray(reader);
        Enter(_mode);
    }

    /// <summary>Brings what was programmed last to the backend.</summary>
    public void Dispose() => WriteBack();

    private void LoadArray(StateReader reader)
    {
        var former = _array.ToArray();
        _memory.MarkRomChanged(Host, _array.Length);
        reader.ReadBytes(_array);
        for (var block = 0; block < _array.Length; block += BlockLength)
        {
            if (!_array.AsSpan(block, BlockLength).SequenceEqual(former.AsSpan(block, BlockLength)))
            {
                Keep(block, BlockLength);
            }
        }
    }

    byte IByteRegisters.ReadByte(int offset) => _mode switch
    {
        ReadArray => _array[offset],
        ReadIdentifier => (offset & 0xff) switch
        {
            0 => ManufacturerIntel,
            1 => DeviceCode,
            _ => 0,
        },
        ReadQuery => _query[offset & 0xff],
        _ => Status(),
    };

    private byte Status()
    {
        WriteBack();
        return _status;
    }

    private void WriteByte(int offset, byte value)
    {
        switch (_pending)
        {
            case BlockErase:
                EraseBlock(offset, value);
                _pending = 0;
                break;
            case Lock:
                // Blocks have no lock bits here: both commands succeed and change nothing.
                _status |= StatusReady;
                _pending = 0;
                break;
            case WriteToBuffer:
                FillBuffer(offset, value);
                break;
            default:
                Command(value);
                break;
        }
    }

    private void Command(byte value)
    {
        switch (value)
        {
            case Program or ProgramAlternative:
                _pending = Program;
                Enter(ReadStatus);
                break;
            case BlockErase or Lock or WriteToBuffer:
                _pending = value;
                _bufferCount = 0;
                _status |= StatusReady;
                Enter(ReadStatus);
                break;
            case ClearStatus:
                // Firmware tells flash from ROM by a status of zero, which QEMU's chip has until the next operation.
                _status = 0;
                Enter(ReadArray);
                break;
            case ReadStatus or ReadIdentifier or ReadQuery:
                Enter(value);
                break;
            default:
                Enter(ReadArray);
                break;
        }
    }

    // After the command: the count less one, so many bytes within one block, the confirmation.
    private void FillBuffer(int offset, byte value)
    {
        if (_bufferCount == 0)
        {
            _bufferCount = _bufferLeft = value + 1;
            _bufferStart = -1;
        }
        else if (_bufferLeft > 0)
        {
            if (_bufferStart < 0)
            {
                _bufferStart = offset;
                Array.Fill(_buffer, Erased);
            }

            if ((uint)(offset - _bufferStart) < (uint)_bufferCount)
            {
                _buffer[offset - _bufferStart] = value;
            }

            _bufferLeft--;
        }
        else
        {
            var sameBlock = (_bufferStart / BlockLength) == ((_bufferStart + _bufferCount - 1) / BlockLength);
            if (value == Confirm && sameBlock)
            {
                ProgramBytes(_bufferStart, _buffer.AsSpan(0, _bufferCount));
            }
            else
            {
                _status |= StatusReady | StatusProgramError | StatusEraseError;
            }

            _pending = 0;
            _bufferCount = 0;
        }
    }

    // Programming clears bits and never sets one.
    private void ProgramBytes(int offset, ReadOnlySpan<byte> bytes)
    {
        _status |= StatusReady;
        if (_backend.IsReadOnly)
        {
            _status |= StatusProgramError;
            return;
        }

        _memory.MarkRomChanged(Host + offset, bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            _array[offset + i] &= bytes[i];
        }

        Keep(offset, bytes.Length);
    }

    private void EraseBlock(int offset, byte confirmation)
    {
        _status |= StatusReady;
        if (confirmation != Confirm)
        {
            _status |= StatusProgramError | StatusEraseError;
            return;
        }

        if (_backend.IsReadOnly)
        {
            _status |= StatusEraseError;
            return;
        }

        var block = offset & ~(BlockLength - 1);
        _memory.MarkRomChanged(Host + block, BlockLength);
        _array.AsSpan(block, BlockLength).Fill(Erased);
        Keep(block, BlockLength);
    }

    // The mode decides whether the guest sees the array itself.
    private void Enter(byte mode)
    {
        _mode = mode;
        _memory.Update(_window, _start, enabled: mode != ReadArray);
        if (mode == ReadArray)
        {
            WriteBack();
        }
    }

    // Bytes are programmed one at a time: they are gathered until the guest has done and asks for the array again.
    private void Keep(int offset, int length)
    {
        _dirtyStart = _dirtyEnd == 0 ? offset : Math.Min(_dirtyStart, offset);
        _dirtyEnd = Math.Max(_dirtyEnd, offset + length);
    }

    private void WriteBack()
    {
        if (_dirtyEnd == 0)
        {
            return;
        }

        var start = _dirtyStart & ~(BlockLength - 1);
        var end = (_dirtyEnd + BlockLength - 1) & ~(BlockLength - 1);
        _dirtyEnd = 0;
        if (_backend.WriteNow(start, _array.AsSpan(start, end - start)) != BlockStatus.Success)
        {
            _status |= StatusProgramError;
        }

        _isUnflushed = true;
        Flush();
    }

    // One flush is under way at most: what is written meanwhile waits for its end.
    private void Flush()
    {
        if (_isFlushing || !_isUnflushed)
        {
            return;
        }

        (_isFlushing, _isUnflushed) = (true, false);
        _backend.Flush(_ =>
        {
            _isFlushing = false;
            Flush();
        });
    }
}
