using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;

namespace Emulator.Conformance.Tests.Guest;

/// <summary>Between the emulated processor's state and the layout that XSAVE gives natively.</summary>
public static unsafe class GuestStateCopy
{
    private const int VectorSize = 64;

    /// <summary>Loads registers as the native stub loads them.</summary>
    public static void Load(CpuState* s, MachineState* state)
    {
        Unsafe.CopyBlockUnaligned(&s->Rax, state->Gpr, 128);
        s->WriteRflags(state->Rflags);
        s->Mxcsr = MachineState.MxcsrOf(state);
        var vectors = (byte*)&s->Vectors;
        for (var i = 0; i < 16; i++)
        {
            Unsafe.CopyBlockUnaligned(vectors + (i * VectorSize), state->Legacy + MachineState.XmmRegisters + (i * 16), 16);
            Unsafe.CopyBlockUnaligned(vectors + (i * VectorSize) + 16, state->YmmHigh + (i * 16), 16);
        }

        LoadX87(s, state);
    }

    /// <summary>Stores registers as XSAVE64 does.</summary>
    public static void Store(CpuState* s, MachineState* state)
    {
        Unsafe.CopyBlockUnaligned(state->Gpr, &s->Rax, 128);
        state->Rflags = s->ReadRflags();
        state->Rip = s->Rip;
        new Span<byte>(state->Legacy, MachineState.LegacySize).Clear();
        MachineState.MxcsrOf(state) = s->Mxcsr;
        var vectors = (byte*)&s->Vectors;
        for (var i = 0; i < 16; i++)
        {
            Unsafe.CopyBlockUnaligned(state->Legacy + MachineState.XmmRegisters + (i * 16), vectors + (i * VectorSize), 16);
            Unsafe.CopyBlockUnaligned(state->YmmHigh + (i * 16), vectors + (i * VectorSize) + 16, 16);
        }

        StoreX87(s, state);
    }

    private static void LoadX87(CpuState* s, MachineState* state)
    {
        var x87 = &s->X87;
        x87->ControlWord = MachineState.Word(state, MachineState.ControlWord);
        x87->StatusWord = MachineState.Word(state, MachineState.StatusWord);
        x87->Opcode = MachineState.Word(state, MachineState.Opcode);
        x87->InstructionPointer = *(ulong*)(state->Legacy + MachineState.InstructionPointer);
        x87->DataPointer = *(ulong*)(state->Legacy + MachineState.DataPointer);
        x87->InstructionSelector = 0;
        x87->DataSelector = 0;
        var top = MachineState.Top(state);
        var valid = state->Legacy[MachineState.TagWord];
        var tags = 0;
        for (var i = 0; i < 8; i++)
        {
            var register = state->Legacy + MachineState.X87Registers + (i * 16);
            var physical = (top + i) & 7;
            x87->Registers[physical] = new X87Register { Significand = *(ulong*)register, SignExponent = *(ushort*)(register + 8) };
            tags |= (((valid >> physical) & 1) == 0 ? 3 : TagOf(*(ushort*)(register + 8), *(ulong*)register)) << (physical * 2);
        }

        x87->TagWord = (ushort)tags;
    }

    // SDM Vol. 1, 8.1.7: valid, zero, special.
    private static int TagOf(ushort signExponent, ulong significand)
    {
        var exponent = signExponent & 0x7fff;
        if (exponent == 0)
        {
            return significand == 0 ? 1 : 2;
        }

        return exponent == 0x7fff || (long)significand >= 0 ? 2 : 0;
    }

    private static void StoreX87(CpuState* s, MachineState* state)
    {
        var x87 = &s->X87;
        MachineState.Word(state, MachineState.ControlWord) = x87->ControlWord;
        MachineState.Word(state, MachineState.StatusWord) = x87->StatusWord;
        MachineState.Word(state, MachineState.Opcode) = x87->Opcode;
        *(ulong*)(state->Legacy + MachineState.InstructionPointer) = x87->InstructionPointer;
        *(ulong*)(state->Legacy + MachineState.DataPointer) = x87->DataPointer;
        var top = MachineState.Top(state);
        var valid = 0;
        for (var i = 0; i < 8; i++)
        {
            var source = x87->Registers[(top + i) & 7];
            var register = state->Legacy + MachineState.X87Registers + (i * 16);
            *(ulong*)register = source.Significand;
            *(ushort*)(register + 8) = source.SignExponent;
            valid |= ((x87->TagWord >> (i * 2)) & 3) != 3 ? 1 << i : 0;
        }

        state->Legacy[MachineState.TagWord] = (byte)valid;
    }
}
