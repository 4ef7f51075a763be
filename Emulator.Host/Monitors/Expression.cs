using System.Globalization;
using Emulator.Host.Cli;

namespace Emulator.Host.Monitors;

/// <summary>
/// An expression as the monitor takes it for addresses: numbers in C's notation, registers as <c>$rip</c>, <c>+ - * / % &amp; | ^ ~</c> and
/// parentheses, in 64 bits without overflow.
/// </summary>
internal ref struct Expression
{
    private const int DeepestNesting = 64;

    private readonly ReadOnlySpan<char> _text;
    private readonly Func<string, ulong?> _register;
    private int _at;
    private int _depth;
    private bool _failed;

    private Expression(ReadOnlySpan<char> text, Func<string, ulong?> register)
    {
        _text = text;
        _register = register;
    }

    /// <summary>Its value; false when it cannot be understood.</summary>
    public static bool TryEvaluate(string text, Func<string, ulong?> register, out ulong value)
    {
        var expression = new Expression(text, register);
        value = expression.Sum();
        return !expression._failed && expression.Peek() == '\0';
    }

    private char Peek()
    {
        while (_at < _text.Length && _text[_at] == ' ')
        {
            _at++;
        }

        return _at < _text.Length ? _text[_at] : '\0';
    }

    private ulong Sum()
    {
        if (++_depth > DeepestNesting)
        {
            _failed = true;
            return 0;
        }

        var value = Product();
        while (!_failed && Peek() is '+' or '-' or '&' or '|' or '^' && !_failed)
        {
            var operation = _text[_at++];
            var right = Product();
            value = operation switch
            {
                '+' => value + right,
                '-' => value - right,
                '&' => value & right,
                '|' => value | right,
                _ => value ^ right,
            };
        }

        _depth--;
        return value;
    }

    private ulong Product()
    {
        var value = Single();
        while (!_failed && Peek() is '*' or '/' or '%' && !_failed)
        {
            var operation = _text[_at++];
            var right = Single();
            _failed |= operation != '*' && right == 0;
            value = (operation, right) switch
            {
                ('*', _) => value * right,
                (_, 0) => 0,
                ('/', _) => value / right,
                _ => value % right,
            };
        }

        return value;
    }

    private ulong Single()
    {
        switch (Peek())
        {
            case '-':
                _at++;
                return 0 - Nested();
            case '~':
                _at++;
                return ~Nested();
            case '(':
                _at++;
                var value = Sum();
                _failed |= Peek() != ')';
                _at++;
                return value;
            default:
                return Word();
        }
    }

    private ulong Nested()
    {
        _failed |= ++_depth > DeepestNesting;
        var value = _failed ? 0 : Single();
        _depth--;
        return value;
    }

    private ulong Word()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '$' or '_'))
        {
            _at++;
        }

        var word = _text[start.._at].ToString();
        if (word.StartsWith('$') && _register(word[1..].ToLowerInvariant()) is { } register)
        {
            return register;
        }

        if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && ulong.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address))
        {
            return address;
        }

        _failed |= !Quantity.TryNumber(word, out var number);
        return (ulong)number;
    }
}
