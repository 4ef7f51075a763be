using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.X87;

namespace Emulator.Core.Instructions.StateSave;

/// <summary>The 512-byte image of FXSAVE, which is also XSAVE's legacy region (SDM Vol. 1, 10.5.1 and 13.4.1), in host memory.</summary>
internal static unsafe class FxImage
{
    /// <summary>Bytes of the whole image.</summary>
    public const int Size = 512;

    /// <summary>What FXSAVE reports of MXCSR: the bits that may be set.</summary>
    public const uint MxcsrMask = 0xffff;

    /// <summary>Bytes of the x87 part before MXCSR.</summary>
    public const int MxcsrOffset = 24;

    /// <summary>ST0.</summary>
    public const int StackOffset = 32;

    /// <summary>XMM0.</summary>
    public const int XmmOffset = 160;

    private const int RegisterBytes = 16;

    /// <summary>Writes the x87 part: bytes 0 to 23 and 32 to 159; the reserved ones beside a register are 0, as on every processor.</summary>
    public static void StoreX87(CpuState* s, byte* image, bool wide)
    {
        var x = &s->X87;
        *(ushort*)image = x->ControlWord;
        *(ushort*)(image + 2) = x->StatusWord;
        *(ushort*)(image + 4) = X87Environment.AbridgedTagWord(*x);
        *(ushort*)(image + 6) = x->Opcode;
        *(ulong*)(image + 8) = wide ? x->InstructionPointer : (uint)x->InstructionPointer | ((ulong)x->InstructionSelector << 32);
        *(ulong*)(image + 16) = wide ? x->DataPointer : (uint)x->DataPointer | ((ulong)x->DataSelector << 32);
        var top = Top(x->StatusWord);
        for (var i = 0; i < 8; i++)
        {
            var register = (X87Register*)&x->Registers + ((top + i) & 7);
            var slot = image + StackOffset + (i * RegisterBytes);
            *(ulong*)slot = register->Significand;
            *(ulong*)(slot + 8) = register->SignExponent;
        }
    }

    /// <summary>Takes the x87 part.</summary>
    public static void LoadX87(CpuState* s, byte* image, bool wide)
    {
        var x = &s->X87;
        x->ControlWord = (ushort)((*(ushort*)image & 0x1f7f) | 0x40);
        x->StatusWord = *(ushort*)(image + 2);
        x->Opcode = (ushort)(*(ushort*)(image + 6) & 0x7ff);
        X87Environment.LoadAbridgedTagWord(ref *x, image[4]);
        var (instruction, data) = (*(ulong*)(image + 8), *(ulong*)(image + 16));
        x->InstructionPointer = wide ? instruction : (uint)instruction;
        x->DataPointer = wide ? data : (uint)data;
        x->InstructionSelector = wide ? (ushort)0 : (ushort)(instruction >> 32);
        x->DataSelector = wide ? (ushort)0 : (ushort)(data >> 32);
        var top = Top(x->StatusWord);
        for (var i = 0; i < 8; i++)
        {
            var slot = image + StackOffset + (i * RegisterBytes);
            var register = (X87Register*)&x->Registers + ((top + i) & 7);
            register->Significand = *(ulong*)slot;
            register->SignExponent = *(ushort*)(slot + 8);
        }

        SettleError(s);
    }

    /// <summary>The state of FNINIT (and no pending error).</summary>
    public static void InitializeX87(CpuState* s)
    {
        s->X87 = default;
        s->X87.ControlWord = 0x37f;
        s->X87.TagWord = 0xffff;
        X87Unit.ErrorMayBeGone(s);
    }

    /// <summary>Whether the x87 unit is in the state of FNINIT.</summary>
    public static bool IsX87Initial(CpuState* s)
    {
        var x = &s->X87;
        if (x->ControlWord != 0x37f || x->StatusWord != 0 || x->TagWord != 0xffff || x->Opcode != 0
            || (x->InstructionPointer | x->DataPointer | x->InstructionSelector | x->DataSelector) != 0)
        {
            return false;
        }

        ulong bits = 0;
        for (var i = 0; i < 8; i++)
        {
            var register = (X87Register*)&x->Registers + i;
            bits |= register->Significand | register->SignExponent;
        }

        return bits == 0;
    }

    /// <summary>Writes the XMM registers that the mode has.</summary>
    public static void StoreXmm(CpuState* s, byte* image)
    {
        var count = RegistersOf(s);
        for (var i = 0; i < count; i++)
        {
            Vector128.Load(Register(s, i)).Store(image + XmmOffset + (i * RegisterBytes));
        }
    }

    /// <summary>Takes the XMM registers that the mode has.</summary>
    public static void LoadXmm(CpuState* s, byte* image)
    {
        var count = RegistersOf(s);
        for (var i = 0; i < count; i++)
        {
            Vector128.Load(image + XmmOffset + (i * RegisterBytes)).Store(Register(s, i));
        }
    }

    /// <summary>The vector registers that the mode has: 16 in 64-bit mode, else 8.</summary>
    public static int RegistersOf(CpuState* s) => s->Is64Bit ? 16 : 8;

    /// <summary>The bytes of a vector register.</summary>
    public static byte* Register(CpuState* s, int number) => (byte*)&s->Vectors + (number * 64);

    private static int Top(ushort status) => (status >> 11) & 7;

    // ES and B follow from the flags and masks, whatever the image says.
    private static void SettleError(CpuState* s)
    {
        var x = &s->X87;
        var pending = (x->StatusWord & ~x->ControlWord & 0x3f) != 0;
        x->StatusWord = (ushort)(pending ? x->StatusWord | 0x8080 : x->StatusWord & 0x7f7f);
        X87Unit.ErrorMayBeGone(s);
    }
}
