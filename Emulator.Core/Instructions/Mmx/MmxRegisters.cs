using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Mmx;

/// <summary>The MMX registers as the x87 unit's significands (SDM Vol. 1, 9.2; Vol. 3A, 13.2).</summary>
public static unsafe class MmxRegisters
{
    private const int TopMask = 7 << 11;

    private static readonly ushort Offset
        = (ushort)(Marshal.OffsetOf<CpuState>(nameof(CpuState.X87)) + Marshal.OffsetOf<X87State>(nameof(X87State.Registers)));

    /// <summary>Turns the numbers of MMX registers in an op into byte offsets in the state.</summary>
    public static void Resolve(in Instruction instruction, Op* op)
    {
        var next = 1;
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) != OpKind.Register)
            {
                continue;
            }

            var place = i == 0 ? 0 : next++;
            var register = instruction.GetOpRegister(i);
            if (!register.IsMM())
            {
                continue;
            }

            var offset = (ushort)(Offset + ((register - Register.MM0) * sizeof(X87Register)));
            switch (place)
            {
                case 0: op->Destination = offset; break;
                case 1: op->Source = offset; break;
                default: op->Third = offset; break;
            }
        }
    }

    /// <summary>What precedes an MMX instruction: a pending x87 exception is delivered first (<see cref="X87.X87Unit.Refuse"/> when false).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryBegin(CpuState* s)
        => X87.X87Unit.MayRun(s);

    /// <summary>What every MMX instruction but EMMS does to the x87 unit: TOP is 0, all tags valid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter(CpuState* s)
    {
        s->X87.StatusWord = (ushort)(s->X87.StatusWord & ~TopMask);
        s->X87.TagWord = 0;
    }

    /// <summary>Writes a register: sign and exponent become all ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int offset, ulong value)
    {
        Enter(s);
        var register = (X87Register*)((byte*)s + offset);
        register->Significand = value;
        register->SignExponent = 0xffff;
    }
}
