using System.Text;

namespace Emulator.Host.Terminal;

/// <summary>Makes lines of the bytes of a raw terminal: echo, backspace, Ctrl-U, and the up key for the line before.</summary>
public sealed class LineEditor(Action<string> echo)
{
    private const int MaxLength = 1000;
    private readonly StringBuilder _line = new();
    private string _previous = "";
    private int _sequence;

    /// <summary>Takes the next byte; returns the line when the byte ended it.</summary>
    public string? Feed(byte typed)
    {
        if (_sequence > 0)
        {
            FeedSequence(typed);
            return null;
        }

        switch (typed)
        {
            case (byte)'\r' or (byte)'\n':
                echo("\r\n");
                var line = _line.ToString();
                _line.Clear();
                _previous = line.Length > 0 ? line : _previous;
                return line;
            case 0x7f or 8 when _line.Length > 0:
                _line.Length--;
                echo("\b \b");
                break;
            case 0x15:
                Replace("");
                break;
            case 0x1b:
                _sequence = 1;
                break;
            case >= 0x20 and < 0x7f when _line.Length < MaxLength:
                _line.Append((char)typed);
                echo(((char)typed).ToString());
                break;
            default:
                break;
        }

        return null;
    }

    // ESC [ A is the up key; other sequences end at their letter and do nothing.
    private void FeedSequence(byte typed)
    {
        if (_sequence == 1)
        {
            _sequence = typed is (byte)'[' or (byte)'O' ? 2 : 0;
        }
        else if (typed is >= 0x40 and < 0x7f)
        {
            _sequence = 0;
            if (typed == 'A')
            {
                Replace(_previous);
            }
        }
    }

    private void Replace(string text)
    {
        echo(string.Concat(Enumerable.Repeat("\b \b", _line.Length)) + text);
        _line.Clear().Append(text);
    }
}
