using System.Buffers.Binary;
using System.Globalization;
using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions.X87;

namespace Emulator.Core.Tests.X87;

/// <summary>Whole instructions, decoded and executed, against recorded and computed expectations.</summary>
public sealed unsafe class X87VectorTests
{
    private const ulong StatusFlags = 0x8D5;

    [Fact]
    public void Instructions_RecordedStates_EqualHost()
    {
        using var machine = new X87Machine();
        int compared = 0;
        foreach (string line in X87Vectors.Recorded.Split('\n'))
        {
            string[] halves = line.Split(" = ");
            string[] before = halves[0].Split(' ');
            Prepare(machine, before);
            Vector? exception = machine.Execute((byte)Hex(before[0]), (byte)Hex(before[1]));
            Assert.Null(exception);
            Assert.True(halves[1] == Describe(machine, before[8] != "-"), $"{line}: got {Describe(machine, before[8] != "-")}");
            compared++;
        }

        Assert.True(compared > 200);
    }

    [Fact]
    public void Transcendentals_RandomArguments_CorrectlyRounded()
    {
        using var machine = new X87Machine();
        int compared = 0;
        foreach (string line in X87Vectors.Transcendental.Split('\n'))
        {
            string[] fields = line.Split(' ');
            machine.SetStack(Parse(fields[4]), Parse(fields[3]));
            machine.X87.ControlWord = (ushort)(0x037F | (int.Parse(fields[2], CultureInfo.InvariantCulture) << 10));
            ulong opcode = Hex(fields[1]);
            Assert.Null(machine.Execute((byte)(opcode >> 8), (byte)opcode));
            int result = fields[0] == "fptan" ? 1 : 0;
            Assert.True(Parse(fields[5]) == machine.St(result), $"{line}: got {machine.St(result)}");
            Assert.Equal(0x20, machine.X87.StatusWord & 0x7F);
            compared++;
        }

        Assert.True(compared > 300);
    }

    private static void Prepare(X87Machine machine, string[] before)
    {
        ref X87State x = ref machine.X87;
        x.ControlWord = (ushort)Hex(before[2]);
        x.StatusWord = (ushort)Hex(before[3]);
        x.TagWord = (ushort)Hex(before[4]);
        machine.State->WriteRflags(Hex(before[5]));
        for (int i = 2; i < 8; i++)
        {
            X87Stack.St(ref x, i) = default;
        }

        X87Stack.St(ref x, 0) = Parse(before[6]);
        X87Stack.St(ref x, 1) = Parse(before[7]);
        if (before[8] != "-")
        {
            BinaryPrimitives.WriteUInt64LittleEndian(machine.Memory, Parse(before[8]).Significand);
            BinaryPrimitives.WriteUInt16LittleEndian(machine.Memory[8..], Parse(before[8]).SignExponent);
        }
    }

    private static string Describe(X87Machine machine, bool withMemory)
    {
        ref X87State x = ref machine.X87;
        string memory = withMemory
            ? Show(new(BinaryPrimitives.ReadUInt64LittleEndian(machine.Memory), BinaryPrimitives.ReadUInt16LittleEndian(machine.Memory[8..])))
            : "-";
        ulong flags = machine.State->ReadRflags() & StatusFlags;
        string registers = $"{Show(machine.St(0))} {Show(machine.St(1))} {Show(machine.St(7))}";
        return $"{x.ControlWord:X4} {x.StatusWord:X4} {X87Environment.FullTagWord(x):X4} {flags:X3} {registers} {memory}";
    }

    private static string Show(Float80 value) => $"{value.SignExponent:X4}{value.Significand:X16}";

    private static Float80 Parse(string text) => new(Hex(text[4..]), (ushort)Hex(text[..4]));

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
