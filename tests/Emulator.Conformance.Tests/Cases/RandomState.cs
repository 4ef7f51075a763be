namespace Emulator.Conformance.Tests.Cases;

/// <summary>Fills a case's state and memory with random, special-value-heavy data.</summary>
public static unsafe class RandomState
{
    private const ulong AlwaysSet = 0x202;
    private const ulong ArithmeticFlags = 0x8d5;
    private const ulong DirectionFlag = 0x400;
    private const ulong NestedTask = 0x4000;
    private const ulong AlignmentCheck = 0x4_0000;
    private const ulong Identification = 0x20_0000;
    private const ushort ExceptionMasks = 0x3f;
    private const ushort ErrorSummary = 0x8080;

    /// <summary>Fills everything.</summary>
    public static void Fill(TestCase test, CaseRandom random)
    {
        var state = test.Initial;
        for (var i = 0; i < 16; i++)
        {
            state->Gpr[i] = SpecialValues.Integer(random);
        }

        // The host's kernel could not return from an interrupt to a stack pointer that is not canonical.
        state->Gpr[4] = (ulong)((long)(state->Gpr[4] << 17) >> 17);
        state->Rflags = AlwaysSet | (random.Next() & ArithmeticFlags) | (random.OneIn(4) ? DirectionFlag : 0)
            | (random.OneIn(8) ? NestedTask : 0) | (random.OneIn(8) ? Identification : 0) | (random.OneIn(64) ? AlignmentCheck : 0);
        new Span<byte>(state->Legacy, MachineState.LegacySize).Clear();
        FillX87(state, random);
        FillMxcsr(state, random);
        for (var i = 0; i < 16; i++)
        {
            FillVector(state->Legacy + MachineState.XmmRegisters + (i * 16), 16, random);
            FillVector(state->YmmHigh + (i * 16), 16, random);
        }

        var words = (ulong*)test.Data;
        for (var i = 0; i < Arena.DataSize / 8; i++)
        {
            words[i] = random.Next();
        }
    }

    /// <summary>Fills bytes with lanes of one random kind.</summary>
    public static void FillVector(byte* target, int size, CaseRandom random)
    {
        switch (random.Below(4))
        {
            case 0:
                for (var i = 0; i + 4 <= size; i += 4)
                {
                    *(uint*)(target + i) = SpecialValues.Float32(random);
                }

                break;
            case 1:
                for (var i = 0; i + 8 <= size; i += 8)
                {
                    *(ulong*)(target + i) = SpecialValues.Float64(random);
                }

                break;
            default:
                for (var i = 0; i + 8 <= size; i += 8)
                {
                    *(ulong*)(target + i) = SpecialValues.Integer(random);
                }

                break;
        }
    }

    // Masked exceptions, sticky flags and rounding of every kind; now and then something is unmasked.
    private static void FillMxcsr(MachineState* state, CaseRandom random)
    {
        var value = 0x1f80u;
        if (random.OneIn(2))
        {
            value |= (uint)random.Below(4) << 13 | (uint)random.Below(64);
            value |= random.OneIn(4) ? 0x8000u : 0;
            value |= random.OneIn(4) ? 0x40u : 0;
        }

        if (random.OneIn(32))
        {
            value &= ~(1u << (7 + random.Below(6)));
        }

        MachineState.MxcsrOf(state) = value;
    }

    private static void FillX87(MachineState* state, CaseRandom random)
    {
        var control = (ushort)(0x40 | ExceptionMasks | (random.Below(4) << 10) | (random.OneIn(3) ? random.Of<int>([0, 2, 3]) << 8 : 0x300));
        if (random.OneIn(32))
        {
            control = (ushort)(control & ~(1 << random.Below(6)));
        }

        var status = (ushort)((random.Below(8) << 11) | (random.Below(0x8000) & 0x4700) | (random.OneIn(2) ? random.Below(0x80) : 0));
        if (random.OneIn(2))
        {
            // Usually no unmasked exception is pending: nearly everything would raise #MF.
            status = (ushort)(status & (control | ~ExceptionMasks));
        }

        status = (ushort)((status & ~ErrorSummary) | ((status & ~control & ExceptionMasks) != 0 ? ErrorSummary : 0));
        MachineState.Word(state, MachineState.ControlWord) = control;
        MachineState.Word(state, MachineState.StatusWord) = status;
        MachineState.Word(state, MachineState.TagWord) = (ushort)(random.OneIn(3) ? random.Below(256) : random.OneIn(4) ? 0 : 0xff);
        for (var i = 0; i < 8; i++)
        {
            var (exponent, significand) = SpecialValues.Float80(random);
            var register = state->Legacy + MachineState.X87Registers + (i * 16);
            *(ulong*)register = significand;
            *(ushort*)(register + 8) = exponent;
        }
    }
}
