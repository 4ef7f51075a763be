using System.Text;
using System.Text.Json;
using Emulator.Host.Qmp;

namespace Emulator.Host.Tests.Qmp;

public sealed class QmpSessionTests
{
    private readonly List<string> _lines = [];
    private readonly QmpSession _session;

    public QmpSessionTests()
    {
        var commands = new Dictionary<string, QmpCommand>(StringComparer.Ordinal)
        {
            ["echo"] = new("echo", arguments =>
            {
                var text = arguments.Text("text");
                arguments.OptionalNumber("number");
                arguments.RefuseRest();
                return new System.Text.Json.Nodes.JsonObject { ["text"] = text };
            }),
        };
        _session = new QmpSession(commands, _lines.Add, pretty: false);
    }

    [Fact]
    public void Greeting_AtTheBeginning_NamesTheVersion()
    {
        _session.Begin();
        using var greeting = JsonDocument.Parse(_lines.Single());
        Assert.Equal(JsonValueKind.Array, greeting.RootElement.GetProperty("QMP").GetProperty("capabilities").ValueKind);
        Assert.True(greeting.RootElement.GetProperty("QMP").GetProperty("version").GetProperty("qemu").GetProperty("major").GetInt32() >= 7);
    }

    [Theory]
    [InlineData("""{"execute": "echo", "arguments": {"text": "a}\"{b"}, "id": [1, {"x": null}]}""", """{"return":{"text":"a}\"{b"},"id":[1,{"x":null}]}""")]
    [InlineData("""{"execute": "echo", "arguments": {"text": "a", "nonsense": 1}}""", """{"error":{"class":"GenericError","desc":"Parameter 'nonsense' is unexpected"}}""")]
    [InlineData("""{"execute": "echo"}""", """{"error":{"class":"GenericError","desc":"Parameter 'text' is missing"}}""")]
    [InlineData("""{"execute": "echo", "arguments": {"text": 5}}""", """{"error":{"class":"GenericError","desc":"Invalid parameter type for 'text', expected: string"}}""")]
    [InlineData("""{"execute": "ech", "id": "q"}""", """{"error":{"class":"CommandNotFound","desc":"The command ech has not been found"},"id":"q"}""")]
    [InlineData("""{"arguments": {}}""", """{"error":{"class":"GenericError","desc":"QMP input lacks member 'execute'"}}""")]
    [InlineData("""{"execute": 5}""", """{"error":{"class":"GenericError","desc":"QMP input member 'execute' must be a string"}}""")]
    [InlineData("""{"execute": "echo", "more": 1}""", """{"error":{"class":"GenericError","desc":"QMP input member 'more' is unexpected"}}""")]
    [InlineData("""[1, 2]""", """{"error":{"class":"GenericError","desc":"QMP input must be a JSON object"}}""")]
    [InlineData("""{"execute": }""", """{"error":{"class":"GenericError","desc":"JSON parse error"}}""")]
    [InlineData("nonsense\n", """{"error":{"class":"GenericError","desc":"JSON parse error"}}""")]
    public void Command_AfterNegotiation_GetsItsAnswer(string request, string answer)
    {
        Negotiate();
        Feed(request);
        Assert.Equal(answer + "\r\n", Assert.Single(_lines));
    }

    [Fact]
    public void Command_BeforeNegotiation_IsRefused()
    {
        _session.Begin();
        Feed("""{"execute": "echo", "arguments": {"text": "a"}}""");
        Assert.Equal(
            """{"error":{"class":"CommandNotFound","desc":"Expecting capabilities negotiation with 'qmp_capabilities'"}}""" + "\r\n", _lines[^1]);
    }

    [Fact]
    public void Commands_InOnePiece_AreAnsweredInOrder()
    {
        Negotiate();
        Feed("""{"execute":"echo","arguments":{"text":"1"}}{"execute":"echo","arguments":{"text":"2"}}""" + "\r\n\r\n");
        Assert.Equal(["""{"return":{"text":"1"}}""" + "\r\n", """{"return":{"text":"2"}}""" + "\r\n"], _lines);
    }

    [Fact]
    public void Command_ThatIsTooLong_IsRefusedAndTheNextOneWorks()
    {
        Negotiate();
        Feed("{\"execute\": \"" + new string('x', 200_000) + "\"}\n");
        Assert.Contains("too large", _lines[0], StringComparison.Ordinal);
        _lines.Clear();
        Feed("""{"execute":"echo","arguments":{"text":"1"}}""");
        Assert.Contains("return", _lines.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Event_AfterNegotiation_HasATimestamp()
    {
        _session.Event("STOP");
        Negotiate();
        _session.Event("STOP");
        using var line = JsonDocument.Parse(_lines.Single());
        Assert.Equal("STOP", line.RootElement.GetProperty("event").GetString());
        Assert.InRange(line.RootElement.GetProperty("timestamp").GetProperty("microseconds").GetInt64(), 0, 999_999);
    }

    [Fact]
    public void Session_FedWithNoise_StaysWithinBoundsAndAnswersAfterwards()
    {
        Negotiate();
        var random = new Random(7);
        const string Alphabet = "{}[]\":,\\ \n01exutarguments";
        for (var i = 0; i < 50_000; i++)
        {
            _session.Feed((byte)(random.Next(20) == 0 ? random.Next(256) : Alphabet[random.Next(Alphabet.Length)]));
        }

        _session.Begin();
        Feed("""{"execute":"qmp_capabilities"}{"execute":"echo","arguments":{"text":"1"}}""");
        Assert.Equal("""{"return":{"text":"1"}}""" + "\r\n", _lines[^1]);
    }

    private void Negotiate()
    {
        _session.Begin();
        Feed("""{"execute": "qmp_capabilities"}""");
        Assert.Equal("{\"return\":{}}\r\n", _lines[^1]);
        _lines.Clear();
    }

    private void Feed(string text)
    {
        foreach (var item in Encoding.UTF8.GetBytes(text))
        {
            _session.Feed(item);
        }
    }
}
