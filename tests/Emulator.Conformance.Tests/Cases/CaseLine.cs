using System.Globalization;
using System.Text;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>
/// A case as one line of text, for the files under <c>regressions/</c>: <c>name=hex</c> pairs, where what is zero is left out. Vectors and
/// memory are bytes in order of address; <c>at</c> is the code's address, <c>x87</c> and <c>mxcsr</c> stand in the legacy XSAVE area.
/// </summary>
public static unsafe class CaseLine
{
    private static readonly string[] Gprs =
        ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

    /// <summary>Writes a case.</summary>
    public static string Write(TestCase test)
    {
        var state = test.Initial;
        var text = new StringBuilder();
        text.Append($"code={Convert.ToHexString(new ReadOnlySpan<byte>(test.Code, test.CodeLength))} at={test.CodeAddress:x} rflags={state->Rflags:x}");
        for (var i = 0; i < 16; i++)
        {
            text.Append(state->Gpr[i] != 0 ? $" {Gprs[i]}={state->Gpr[i]:x}" : string.Empty);
        }

        AppendBytes(text, "x87", state->Legacy, 8);
        AppendBytes(text, "mxcsr", state->Legacy + MachineState.Mxcsr, 4);
        for (var i = 0; i < 16; i++)
        {
            AppendBytes(text, $"st{i & 7}", state->Legacy + MachineState.X87Registers + ((i & 7) * 16), i < 8 ? 10 : 0);
            AppendBytes(text, $"xmm{i}", state->Legacy + MachineState.XmmRegisters + (i * 16), 16);
            AppendBytes(text, $"high{i}", state->YmmHigh + (i * 16), 16);
        }

        for (var i = 0; i < Arena.DataSize; i += 16)
        {
            AppendBytes(text, $"m{Arena.Data + (ulong)i:x}", test.Data + i, 16);
        }

        return text.ToString();
    }

    /// <summary>Reads a case back.</summary>
    public static void Read(string line, TestCase test)
    {
        *test.Initial = default;
        new Span<byte>(test.Data, Arena.DataSize).Clear();
        foreach (var pair in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var split = pair.IndexOf('=', StringComparison.Ordinal);
            ReadPair(pair[..split], pair[(split + 1)..], test);
        }

        if (!test.Decode())
        {
            throw new FormatException($"no instruction: {line}");
        }
    }

    private static void AppendBytes(StringBuilder text, string name, byte* bytes, int length)
    {
        var span = new ReadOnlySpan<byte>(bytes, length);
        if (span.IndexOfAnyExcept((byte)0) >= 0)
        {
            text.Append($" {name}={Convert.ToHexString(span)}");
        }
    }

    private static void ReadPair(string name, string value, TestCase test)
    {
        var state = test.Initial;
        switch (name)
        {
            case "code":
                test.CodeLength = value.Length / 2;
                Copy(value, test.Code);
                break;
            case "at":
                test.CodeAddress = Number(value);
                break;
            case "rflags":
                state->Rflags = Number(value);
                break;
            case "x87":
                Copy(value, state->Legacy);
                break;
            case "mxcsr":
                Copy(value, state->Legacy + MachineState.Mxcsr);
                break;
            case ['m', .. var address]:
                Copy(value, test.DataAt(Number(address)));
                break;
            case ['s', 't', .. var number]:
                Copy(value, state->Legacy + MachineState.X87Registers + (int.Parse(number, CultureInfo.InvariantCulture) * 16));
                break;
            case ['x', 'm', 'm', .. var number]:
                Copy(value, state->Legacy + MachineState.XmmRegisters + (int.Parse(number, CultureInfo.InvariantCulture) * 16));
                break;
            case ['h', 'i', 'g', 'h', .. var number]:
                Copy(value, state->YmmHigh + (int.Parse(number, CultureInfo.InvariantCulture) * 16));
                break;
            default:
                state->Gpr[Array.IndexOf(Gprs, name)] = Number(value);
                break;
        }
    }

    private static ulong Number(string value) => ulong.Parse(value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static void Copy(string value, byte* target)
    {
        var bytes = Convert.FromHexString(value);
        bytes.CopyTo(new Span<byte>(target, bytes.Length));
    }
}
