using System.Buffers.Binary;
using System.Text;
using Emulator.Host.Display;

namespace Emulator.Host.Vnc;

/// <summary>What every connection to a display shares.</summary>
/// <param name="Display">The screen.</param>
/// <param name="Input">Keyboard and mouse.</param>
/// <param name="Name">The desktop's name.</param>
internal sealed record VncDesktop(DisplayHub Display, IGuestInput Input, string Name);

/// <summary>
/// One viewer's connection (RFC 6143), over TCP, a Unix socket or a WebSocket. Messages are read by one task, updates are sent by another;
/// neither ever waits for the other, nor the machine for them. Whatever the viewer sends, the worst that happens is the end of its connection.
/// </summary>
internal sealed class VncConnection(Stream stream, VncDesktop desktop)
{
    private const int LongestCutText = 1 << 20;
    private const int MostEncodings = 1024;

    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WrongPasswordDelay = TimeSpan.FromSeconds(1);

    private readonly RfbReader _reader = new(stream);
    private readonly ViewerKeyboard _keyboard = new(desktop.Input);
    private readonly ViewerPointer _pointer = new(desktop.Input);

    /// <summary>Decides about a viewer that wants the display for itself (false) or shares it (true); false refuses it.</summary>
    public Func<bool, bool> Admit { get; init; } = _ => true;

    /// <summary>Speaks until the viewer leaves or is sent away.</summary>
    /// <param name="password">What it must prove; null for nothing.</param>
    /// <param name="cancellation">Sends it away.</param>
    public async Task RunAsync(VncPassword? password, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var view = desktop.Display.Open();
            if (!await BeginAsync(view, password, cancellation).ConfigureAwait(false))
            {
                return;
            }

            using var sender = new UpdateSender(stream, view, _keyboard);
            var sending = sender.RunAsync(end.Token);
            var reading = ReadMessagesAsync(sender, end.Token);
            await Task.WhenAny(sending, reading).ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll(sending, reading).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsEnd(failure))
        {
            // The viewer left, was sent away, or broke the protocol: for each of them the connection ends, below.
            await end.CancelAsync().ConfigureAwait(false);
        }
        finally
        {
            _keyboard.ReleaseAll();
            _pointer.ReleaseAll();
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static bool IsEnd(Exception failure)
        => failure is IOException or RfbProtocolException or OperationCanceledException or ObjectDisposedException
            or System.Net.Sockets.SocketException or System.Net.WebSockets.WebSocketException;

    private async Task<bool> BeginAsync(DisplayView view, VncPassword? password, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(HandshakeLimit);
        if (!await RfbHandshake.RunAsync(stream, _reader, password, limit.Token).ConfigureAwait(false))
        {
            await Task.Delay(WrongPasswordDelay, limit.Token).ConfigureAwait(false);
            return false;
        }

        var shared = (await _reader.BytesAsync(1, limit.Token).ConfigureAwait(false)).Span[0] != 0;
        if (!Admit(shared))
        {
            return false;
        }

        await view.LookAsync(null, limit.Token).ConfigureAwait(false);
        var hello = new RfbBuffer();
        hello.U16(view.Picture.Width);
        hello.U16(view.Picture.Height);
        PixelFormat.Native.Write(hello);
        var name = Encoding.UTF8.GetBytes(desktop.Name);
        hello.U32((uint)name.Length);
        hello.Bytes(name);
        await stream.WriteAsync(hello.Written, limit.Token).ConfigureAwait(false);
        return true;
    }

    private async Task ReadMessagesAsync(UpdateSender sender, CancellationToken cancellation)
    {
        while (await _reader.NextAsync(cancellation).ConfigureAwait(false) is { } type)
        {
            switch (type)
            {
                case 0:
                    SetPixelFormat(sender, await _reader.BytesAsync(3 + PixelFormat.WireSize, cancellation).ConfigureAwait(false));
                    break;
                case 2:
                    await SetEncodingsAsync(sender, cancellation).ConfigureAwait(false);
                    break;
                case 3:
                    RequestUpdate(sender, (await _reader.BytesAsync(9, cancellation).ConfigureAwait(false)).Span);
                    break;
                case 4:
                    Key((await _reader.BytesAsync(7, cancellation).ConfigureAwait(false)).Span);
                    break;
                case 5:
                    Pointer((await _reader.BytesAsync(5, cancellation).ConfigureAwait(false)).Span);
                    break;
                case 6:
                    await _reader.SkipAsync(3, cancellation).ConfigureAwait(false);
                    await SkipCutTextAsync(cancellation).ConfigureAwait(false);
                    break;
                case 251:
                    await SetDesktopSizeAsync(sender, cancellation).ConfigureAwait(false);
                    break;
                case 255:
                    ExtendedKey((await _reader.BytesAsync(11, cancellation).ConfigureAwait(false)).Span);
                    break;
                default:
                    throw new RfbProtocolException($"message {type} is not known");
            }
        }
    }

    private static void SetPixelFormat(UpdateSender sender, ReadOnlyMemory<byte> wire)
    {
        var format = PixelFormat.Read(wire.Span[3..]) ?? throw new RfbProtocolException("a pixel format that makes no sense");
        sender.Change(sender.Settings with { Pixels = new PixelConverter(format) });
    }

    private async Task SetEncodingsAsync(UpdateSender sender, CancellationToken cancellation)
    {
        var count = BinaryPrimitives.ReadUInt16BigEndian((await _reader.BytesAsync(3, cancellation).ConfigureAwait(false)).Span[1..]);
        if (count > MostEncodings)
        {
            throw new RfbProtocolException($"{count} encodings");
        }

        var settings = sender.Settings.WithEncodings((await _reader.BytesAsync(count * 4, cancellation).ConfigureAwait(false)).Span);
        _pointer.IsRelative = settings.Knows(ViewerSettings.PointerMotionChange);
        sender.Change(settings);
    }

    private static void RequestUpdate(UpdateSender sender, ReadOnlySpan<byte> wire)
        => sender.Request(wire[0] != 0, new PixelRect(U16(wire, 1), U16(wire, 3), U16(wire, 5), U16(wire, 7)));

    private void Key(ReadOnlySpan<byte> wire) => _keyboard.Symbol(BinaryPrimitives.ReadUInt32BigEndian(wire[3..]), wire[0] != 0);

    private void Pointer(ReadOnlySpan<byte> wire) => _pointer.Event(wire[0], U16(wire, 1), U16(wire, 3));

    // QEMU's message 255; its kind 0 is a key with symbol and XT code.
    private void ExtendedKey(ReadOnlySpan<byte> wire)
    {
        if (wire[0] != 0)
        {
            throw new RfbProtocolException($"QEMU message {wire[0]} was not offered");
        }

        var key = KeySymbols.KeyOfXtCode(BinaryPrimitives.ReadUInt32BigEndian(wire[7..]));
        if (key != Devices.Input.PcKey.None)
        {
            _keyboard.Key(key, U16(wire, 1) != 0);
        }
        else
        {
            _keyboard.Symbol(BinaryPrimitives.ReadUInt32BigEndian(wire[3..]), U16(wire, 1) != 0);
        }
    }

    // The guest has no clipboard. A negative length is that of the extended form.
    private async Task SkipCutTextAsync(CancellationToken cancellation)
    {
        var length = Math.Abs((long)(int)await _reader.U32Async(cancellation).ConfigureAwait(false));
        if (length > LongestCutText)
        {
            throw new RfbProtocolException($"a clipboard of {length} bytes");
        }

        await _reader.SkipAsync((int)length, cancellation).ConfigureAwait(false);
    }

    private async Task SetDesktopSizeAsync(UpdateSender sender, CancellationToken cancellation)
    {
        var screens = (await _reader.BytesAsync(7, cancellation).ConfigureAwait(false)).Span[5];
        await _reader.SkipAsync(screens * 16, cancellation).ConfigureAwait(false);
        sender.RefuseSize();
    }

    private static int U16(ReadOnlySpan<byte> wire, int at) => BinaryPrimitives.ReadUInt16BigEndian(wire[at..]);
}
