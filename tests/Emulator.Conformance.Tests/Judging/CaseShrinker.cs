using Emulator.Conformance.Tests.Cases;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>
/// Makes a failing case smaller as long as it still fails: drops the instructions before the last, and zeroes registers and memory.
/// </summary>
public sealed unsafe class CaseShrinker(Func<TestCase, bool> fails)
{
    private const int MaxRounds = 2;

    /// <summary>Shrinks the case in place.</summary>
    public void Shrink(TestCase test)
    {
        using var attempt = new TestCase();
        DropFirst(test, attempt);
        for (var round = 0; round < MaxRounds; round++)
        {
            var state = test.Initial;
            for (var i = 0; i < 16; i++)
            {
                if (!HoldsAddress(test, i))
                {
                    Zero(test, attempt, (byte*)(state->Gpr + i) - (byte*)state, 8);
                }

                Zero(test, attempt, state->Legacy + MachineState.XmmRegisters + (i * 16) - (byte*)state, 16);
                Zero(test, attempt, state->YmmHigh + (i * 16) - (byte*)state, 16);
            }

            for (var i = 0; i < 8; i++)
            {
                Zero(test, attempt, state->Legacy + MachineState.X87Registers + (i * 16) - (byte*)state, 16);
            }

            TrySet(test, attempt, s => s->Rflags = 0x202);
            TrySet(test, attempt, s => MachineState.MxcsrOf(s) = 0x1f80);
            TrySet(test, attempt, s => MachineState.Word(s, MachineState.ControlWord) = 0x37f);
            TrySet(test, attempt, s => MachineState.Word(s, MachineState.StatusWord) &= 0x3800);
            ZeroMemory(test, attempt, 0, Arena.DataSize);
        }
    }

    private delegate void Change(MachineState* state);

    private void DropFirst(TestCase test, TestCase attempt)
    {
        if (test.Instructions.Count < 2)
        {
            return;
        }

        attempt.CopyFrom(test);
        var dropped = test.Instructions[0].Length;
        new Span<byte>(attempt.Code + dropped, TestCase.MaxCode - dropped).CopyTo(new Span<byte>(attempt.Code, TestCase.MaxCode));
        attempt.CodeLength -= dropped;
        attempt.CodeAddress += (ulong)dropped;
        Keep(test, attempt, attempt.Decode());
    }

    // A wild address could hit the test process itself.
    private static bool HoldsAddress(TestCase test, int number)
    {
        var main = test.Main;
        var full = Register.RAX + number;
        return main.MemoryBase.GetFullRegister() == full || main.MemoryIndex.GetFullRegister() == full
            || full is Register.RSP or Register.RBP or Register.RSI or Register.RDI or Register.RCX
            || (full == Register.RAX && main.Mnemonic == Mnemonic.Clzero) || main.FlowControl != FlowControl.Next;
    }

    private void Zero(TestCase test, TestCase attempt, long offset, int size)
    {
        attempt.CopyFrom(test);
        new Span<byte>((byte*)attempt.Initial + offset, size).Clear();
        Keep(test, attempt, true);
    }

    private void TrySet(TestCase test, TestCase attempt, Change change)
    {
        attempt.CopyFrom(test);
        change(attempt.Initial);
        Keep(test, attempt, true);
    }

    // Halves what cannot be zeroed as a whole.
    private void ZeroMemory(TestCase test, TestCase attempt, int start, int length)
    {
        var range = new Span<byte>(test.Data + start, length);
        if (range.IndexOfAnyExcept((byte)0) < 0)
        {
            return;
        }

        attempt.CopyFrom(test);
        new Span<byte>(attempt.Data + start, length).Clear();
        if (!Keep(test, attempt, true) && length > 8)
        {
            ZeroMemory(test, attempt, start, length / 2);
            ZeroMemory(test, attempt, start + (length / 2), length - (length / 2));
        }
    }

    private bool Keep(TestCase test, TestCase attempt, bool valid)
    {
        if (!valid || !fails(attempt))
        {
            return false;
        }

        test.CopyFrom(attempt);
        return true;
    }
}
