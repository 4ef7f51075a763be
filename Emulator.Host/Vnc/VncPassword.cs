using System.Security.Cryptography;
using System.Text;

namespace Emulator.Host.Vnc;

/// <summary>
/// The password of a VNC server, which can change while it runs, and the challenge that proves it (RFC 6143, 7.2.2): DES with each
/// byte's bits reversed, of the first eight characters. Without a password nobody gets in.
/// </summary>
internal sealed class VncPassword
{
    /// <summary>Bytes of a challenge and of its answer.</summary>
    public const int ChallengeSize = 16;

    private const int KeySize = 8;

    private readonly Lock _lock = new();
    private string? _text;
    private DateTime _end = DateTime.MaxValue;

    /// <summary>Sets the password; null takes it away.</summary>
    public void Set(string? text)
    {
        lock (_lock)
        {
            _text = string.IsNullOrEmpty(text) ? null : text;
        }
    }

    /// <summary>Says until when the password holds.</summary>
    public void ExpireAt(DateTime end)
    {
        lock (_lock)
        {
            _end = end;
        }
    }

    /// <summary>Whether a password can be used: printable ASCII, of which eight characters count.</summary>
    public static bool IsUsable(string text) => text.Length > 0 && text.All(character => character is > ' ' and < '\x7f' or ' ');

    /// <summary>Whether an answer to a challenge proves the password.</summary>
    public bool Proves(ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> answer)
    {
        string? text;
        lock (_lock)
        {
            text = DateTime.UtcNow < _end ? _text : null;
        }

        return text is not null && CryptographicOperations.FixedTimeEquals(Answer(text, challenge), answer);
    }

    /// <summary>The right answer to a challenge.</summary>
    public static byte[] Answer(string password, ReadOnlySpan<byte> challenge)
    {
        var key = new byte[KeySize];
        Encoding.Latin1.GetBytes(password.AsSpan(0, Math.Min(password.Length, KeySize)), key);
        for (var i = 0; i < key.Length; i++)
        {
            key[i] = Reverse(key[i]);
        }

        using var des = DES.Create();
        des.Key = key;
        return des.EncryptEcb(challenge, PaddingMode.None);
    }

    private static byte Reverse(byte value)
    {
        var reversed = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            reversed |= ((value >> bit) & 1) << (7 - bit);
        }

        return (byte)reversed;
    }
}
