using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Emulator.Host.Qmp;

/// <summary>
/// One client of QMP (QEMU's docs/interop/qmp-spec): greeting, capabilities, commands with their ids, events. Bytes come in, text goes out;
/// everything on the machine's thread. A command is at most 64 KiB; what is no JSON gets an error, and the next line begins anew.
/// </summary>
internal sealed class QmpSession
{
    private const int LongestCommand = 64 << 10;
    private const int DeepestNesting = 64;

    private readonly IReadOnlyDictionary<string, QmpCommand> _commands;
    private readonly Action<string> _write;
    private readonly JsonSerializerOptions _format;
    private readonly MemoryStream _command = new();
    private int _depth;
    private bool _inString;
    private bool _escaped;
    private bool _tooLong;
    private bool _negotiated;

    /// <summary>Prepares.</summary>
    /// <param name="commands">What it can do.</param>
    /// <param name="write">Gets each line.</param>
    /// <param name="pretty">Whether answers are indented.</param>
    public QmpSession(IReadOnlyDictionary<string, QmpCommand> commands, Action<string> write, bool pretty)
    {
        _commands = commands;
        _write = write;
        _format = new JsonSerializerOptions { WriteIndented = pretty, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    }

    /// <summary>A client has come: the greeting.</summary>
    public void Begin()
    {
        _negotiated = false;
        Forget();
        Send(new JsonObject { ["QMP"] = new JsonObject { ["version"] = QmpQueries.Version(), ["capabilities"] = new JsonArray() } });
    }

    /// <summary>Something has happened that clients are told.</summary>
    public void Event(string name, JsonObject? data = null)
    {
        if (!_negotiated)
        {
            return;
        }

        var microseconds = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var line = new JsonObject
        {
            ["timestamp"] = new JsonObject { ["seconds"] = microseconds / 1_000_000, ["microseconds"] = microseconds % 1_000_000 },
            ["event"] = name,
        };
        if (data is not null)
        {
            line["data"] = data;
        }

        Send(line);
    }

    /// <summary>The next byte from the client. A command ends where its braces close, or its line.</summary>
    public void Feed(byte item)
    {
        if (_command.Length >= LongestCommand)
        {
            _tooLong = true;
        }
        else if (_command.Length > 0 || !IsSpace(item))
        {
            _command.WriteByte(item);
        }

        Follow(item);
        var isWhole = _command.Length > 0 && _depth <= 0 && !_inString && item is (byte)'}' or (byte)']';
        var isBroken = item == '\n' && _command.Length > 0 && (_depth <= 0 || _inString || _tooLong);
        if (isWhole || isBroken)
        {
            var text = _command.ToArray();
            var tooLong = _tooLong;
            Forget();
            if (tooLong)
            {
                Fail(new QmpException("JSON message is too large"), null);
            }
            else
            {
                Execute(text);
            }
        }
    }

    private static bool IsSpace(byte item) => item is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private void Forget()
    {
        _command.SetLength(0);
        _depth = 0;
        _inString = _escaped = _tooLong = false;
    }

    private void Follow(byte item)
    {
        if (_inString)
        {
            _inString = _escaped || item != '"';
            _escaped = !_escaped && item == '\\';
            return;
        }

        _inString = item == '"';
        _depth += item switch
        {
            (byte)'{' or (byte)'[' => 1,
            (byte)'}' or (byte)']' => -1,
            _ => 0,
        };
    }

    private void Execute(byte[] text)
    {
        JsonNode? id = null;
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = DeepestNesting, AllowDuplicateProperties = false });
            var request = document.RootElement;
            if (request.ValueKind != JsonValueKind.Object)
            {
                throw new QmpException("QMP input must be a JSON object");
            }

            id = request.TryGetProperty("id", out var given) ? JsonNode.Parse(given.GetRawText()) : null;
            var answer = new JsonObject { ["return"] = Run(request) ?? new JsonObject() };
            Answer(answer, id);
        }
        catch (JsonException)
        {
            Fail(new QmpException("JSON parse error"), id);
        }
        catch (QmpException failure)
        {
            Fail(failure, id);
        }
    }

    private JsonNode? Run(JsonElement request)
    {
        if (request.EnumerateObject().FirstOrDefault(item => item.Name is not ("execute" or "arguments" or "id")) is { Value.ValueKind: not JsonValueKind.Undefined } extra)
        {
            throw new QmpException($"QMP input member '{extra.Name}' is unexpected");
        }

        if (!request.TryGetProperty("execute", out var name))
        {
            throw new QmpException("QMP input lacks member 'execute'");
        }

        if (name.ValueKind != JsonValueKind.String)
        {
            throw new QmpException("QMP input member 'execute' must be a string");
        }

        JsonElement? arguments = request.TryGetProperty("arguments", out var given) ? given : null;
        if (arguments is { ValueKind: not JsonValueKind.Object })
        {
            throw new QmpException("QMP input member 'arguments' must be an object");
        }

        var command = name.GetString()!;
        if (!_negotiated)
        {
            _negotiated = command == "qmp_capabilities"
                ? true
                : throw new QmpException("Expecting capabilities negotiation with 'qmp_capabilities'", "CommandNotFound");
            return null;
        }

        if (command == "qmp_capabilities")
        {
            throw new QmpException("Capabilities negotiation is already complete, command ignored", "CommandNotFound");
        }

        return _commands.TryGetValue(command, out var found)
            ? found.Run(new QmpArguments(arguments))
            : throw new QmpException($"The command {command} has not been found", "CommandNotFound");
    }

    private void Fail(QmpException failure, JsonNode? id)
        => Answer(new JsonObject { ["error"] = new JsonObject { ["class"] = failure.ErrorClass, ["desc"] = failure.Message } }, id);

    private void Answer(JsonObject answer, JsonNode? id)
    {
        if (id is not null)
        {
            answer["id"] = id;
        }

        Send(answer);
    }

    private void Send(JsonObject line)
    {
        var text = new StringBuilder(line.ToJsonString(_format));
        _write(text.Append("\r\n").ToString());
    }
}
