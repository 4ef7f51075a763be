using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Emulator.Host.Vnc;

/// <summary>Version and security (RFC 6143, 7.1): RFB 3.3, 3.7 and 3.8, without security or with a VNC password.</summary>
internal static class RfbHandshake
{
    private const int VersionLength = 12;
    private const byte NoSecurity = 1;
    private const byte VncSecurity = 2;

    /// <summary>Speaks it; false when the password was wrong.</summary>
    /// <exception cref="RfbProtocolException">The viewer does not speak RFB.</exception>
    public static async Task<bool> RunAsync(Stream stream, RfbReader reader, VncPassword? password, CancellationToken cancellation)
    {
        var output = new RfbBuffer();
        output.Bytes("RFB 003.008\n"u8);
        await SendAsync(stream, output, cancellation).ConfigureAwait(false);
        var minor = ReadVersion((await reader.BytesAsync(VersionLength, cancellation).ConfigureAwait(false)).Span);
        var security = password is null ? NoSecurity : VncSecurity;
        if (minor < 7)
        {
            output.U32(security);
            await SendAsync(stream, output, cancellation).ConfigureAwait(false);
        }
        else
        {
            output.U8(1);
            output.U8(security);
            await SendAsync(stream, output, cancellation).ConfigureAwait(false);
            var chosen = (await reader.BytesAsync(1, cancellation).ConfigureAwait(false)).Span[0];
            if (chosen != security)
            {
                throw new RfbProtocolException($"security type {chosen} was not offered");
            }
        }

        var granted = password is null || await ProveAsync(stream, reader, password, cancellation).ConfigureAwait(false);
        if (password is not null || minor >= 8)
        {
            output.U32(granted ? 0u : 1u);
            if (!granted && minor >= 8)
            {
                var reason = "Authentication failed"u8;
                output.U32((uint)reason.Length);
                output.Bytes(reason);
            }

            await SendAsync(stream, output, cancellation).ConfigureAwait(false);
        }

        return granted;
    }

    private static async Task<bool> ProveAsync(Stream stream, RfbReader reader, VncPassword password, CancellationToken cancellation)
    {
        var challenge = RandomNumberGenerator.GetBytes(VncPassword.ChallengeSize);
        await stream.WriteAsync(challenge, cancellation).ConfigureAwait(false);
        var answer = await reader.BytesAsync(VncPassword.ChallengeSize, cancellation).ConfigureAwait(false);
        return password.Proves(challenge, answer.Span);
    }

    // Versions that were never published count as 3.3, later ones as 3.8.
    private static int ReadVersion(ReadOnlySpan<byte> line)
    {
        var text = Encoding.Latin1.GetString(line);
        var shaped = text.StartsWith("RFB ", StringComparison.Ordinal) && text[7] == '.' && text[11] == '\n';
        if (!int.TryParse(text.AsSpan(4, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            || !int.TryParse(text.AsSpan(8, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            || !shaped || major < 3 || (major == 3 && minor < 3))
        {
            throw new RfbProtocolException("no version of RFB from 3.3 on");
        }

        return major > 3 || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
    }

    private static async Task SendAsync(Stream stream, RfbBuffer output, CancellationToken cancellation)
    {
        await stream.WriteAsync(output.Written, cancellation).ConfigureAwait(false);
        output.Clear();
    }
}
