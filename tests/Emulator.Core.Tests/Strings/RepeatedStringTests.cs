using Emulator.Core.Cpu;
using Emulator.Core.Tests.Sse;

namespace Emulator.Core.Tests.Strings;

/// <summary>
/// REP MOVS, STOS, CMPS and SCAS of many elements against the same done one element at a time: overlaps, DF, page ends, 16- and 64-bit
/// addresses.
/// </summary>
public sealed unsafe class RepeatedStringTests(ITestOutputHelper output)
{
    private const int Cases = 1_000;
    private const int Area = 3 * 4096;
    private const byte Rep = 0xF3;
    private const byte Repne = 0xF2;

    private static readonly byte[] Opcodes = [0xA4, 0xA6, 0xAA, 0xAE];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Repeat_RandomOperands_SameAsElementByElement(bool longMode)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var machine = new VectorMachine();
        if (!longMode)
        {
            machine.EnterRealMode();
        }

        for (int n = 0; n < Cases; n++)
        {
            RunCase(machine, random, longMode);
        }
    }

    private static void RunCase(VectorMachine machine, Random random, bool longMode)
    {
        byte[] code = Code(random, longMode, out int width);
        int count = random.Next(4) == 0 ? random.Next(1200) : random.Next(40);
        ulong source = VectorMachine.Operand + 4096 + (ulong)random.Next(4096);
        ulong destination = random.Next(2) == 0 ? source + (ulong)(random.Next(80) - 40) : VectorMachine.Operand + 4096 + (ulong)random.Next(4096);
        bool down = random.Next(2) == 0;
        count = Math.Min(count, 4000 / width);
        fixed (byte* memory = machine.Memory)
        {
            var area = new Span<byte>(memory, Area);
            int alphabet = random.Next(2) == 0 ? 1 : 256;
            foreach (ref byte value in area)
            {
                value = (byte)random.Next(alphabet + 1);
            }

            byte[] before = area.ToArray();
            SetRegisters(machine.State, source, destination, (ulong)count, down);

            // TF keeps the handler from doing several elements at once; the trap itself is the engine's, which is not here.
            machine.State->SystemFlags |= Rflags.TF;
            Assert.Null(machine.Execute(code));
            machine.State->SystemFlags &= ~Rflags.TF;
            ulong[] expected = Registers(machine.State);
            byte[] after = area.ToArray();
            before.CopyTo(area);
            SetRegisters(machine.State, source, destination, (ulong)count, down);
            Assert.Null(machine.Execute(code));
            Assert.Equal(expected, Registers(machine.State));
            Assert.True(area.SequenceEqual(after), $"{Convert.ToHexString(code)} {source:X} {destination:X} {count} {down}");
        }
    }

    private static byte[] Code(Random random, bool longMode, out int width)
    {
        int log = random.Next(longMode ? 4 : 3);
        width = 1 << log;
        var code = new List<byte>();
        if (log == (longMode ? 1 : 2))
        {
            code.Add(0x66);
        }

        code.Add(random.Next(3) == 0 ? Repne : Rep);
        if (log == 3)
        {
            code.Add(0x48);
        }

        code.Add((byte)(Opcodes[random.Next(Opcodes.Length)] | (log == 0 ? 0 : 1)));
        return [.. code];
    }

    private static void SetRegisters(CpuState* s, ulong source, ulong destination, ulong count, bool down)
    {
        (s->Rsi, s->Rdi, s->Rcx, s->Rax) = (source, destination, count, 0x0101_0101_0101_0101);
        s->SystemFlags = down ? Rflags.DF : 0;
        s->Flags.FromRflags(Rflags.ZF);
        s->Attention = 0;
    }

    private static ulong[] Registers(CpuState* s) => [s->Rsi, s->Rdi, s->Rcx, s->Flags.ToRflags()];
}
