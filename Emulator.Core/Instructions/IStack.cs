using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions;

/// <summary>A way to the stack: the width of the stack pointer, and how SS:SP becomes a linear address.</summary>
public unsafe interface IStack
{
    /// <summary>Cuts a stack pointer to the stack's address size.</summary>
    static abstract ulong Wrap(CpuState* s, ulong pointer);

    /// <summary>Writes the stack pointer; a 16-bit one leaves the upper bits alone.</summary>
    static abstract void SetPointer(CpuState* s, ulong pointer);

    /// <summary>The linear address of a stack pointer; false means a fault was recorded.</summary>
    static abstract bool TryGet(CpuState* s, ulong pointer, int size, bool write, out ulong linear);
}

/// <summary>64-bit mode.</summary>
public readonly unsafe struct Stack64 : IStack
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Wrap(CpuState* s, ulong pointer) => pointer;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetPointer(CpuState* s, ulong pointer) => s->Rsp = pointer;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryGet(CpuState* s, ulong pointer, int size, bool write, out ulong linear)
    {
        linear = pointer;
        return true;
    }
}

/// <summary>A 32-bit stack in a flat segment.</summary>
public readonly unsafe struct StackFlat32 : IStack
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Wrap(CpuState* s, ulong pointer) => (uint)pointer;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetPointer(CpuState* s, ulong pointer) => s->Rsp = (uint)pointer;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryGet(CpuState* s, ulong pointer, int size, bool write, out ulong linear)
    {
        linear = (uint)pointer;
        return true;
    }
}

/// <summary>Any stack, with every check.</summary>
public readonly unsafe struct StackChecked : IStack
{
    public static ulong Wrap(CpuState* s, ulong pointer)
        => s->Is64Bit ? pointer : (s->Mode & CpuMode.Stack32) != 0 ? (uint)pointer : (ushort)pointer;

    public static void SetPointer(CpuState* s, ulong pointer)
    {
        if (s->Is64Bit)
        {
            s->Rsp = pointer;
        }
        else if ((s->Mode & CpuMode.Stack32) != 0)
        {
            s->Rsp = (uint)pointer;
        }
        else
        {
            *(ushort*)&s->Rsp = (ushort)pointer;
        }
    }

    public static bool TryGet(CpuState* s, ulong pointer, int size, bool write, out ulong linear)
        => SegmentAccess.TryLinear(s, Segment.SS, pointer, size, write, out linear);
}

/// <summary>A handler's body, generic over the operand's width and the stack.</summary>
public unsafe interface IStackForm
{
    /// <summary>Runs the op.</summary>
    static abstract Op* Execute<T, TStack>(CpuState* s, Op* op)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        where TStack : struct, IStack;
}

/// <summary>Push, pop, and the choice of the stack.</summary>
public static unsafe class Stack
{
    /// <summary>Closes a form over operand width and the stack of the mode.</summary>
    public static delegate*<CpuState*, Op*, Op*> Pick<TForm>(int width, CpuMode mode)
        where TForm : IStackForm
    {
        if ((mode & CpuMode.AlignmentChecks) == 0)
        {
            if ((mode & CpuMode.CodeSizeMask) == CpuMode.Code64)
            {
                return Width<TForm, Stack64>(width);
            }

            if ((mode & (CpuMode.FlatData | CpuMode.Stack32)) == (CpuMode.FlatData | CpuMode.Stack32))
            {
                return Width<TForm, StackFlat32>(width);
            }
        }

        return Width<TForm, StackChecked>(width);
    }

    /// <summary>Pushes a value; on false nothing was done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPush<T, TStack>(CpuState* s, T value)
        where T : unmanaged
        where TStack : struct, IStack
    {
        var pointer = TStack.Wrap(s, s->Rsp - (ulong)sizeof(T));
        if (!TStack.TryGet(s, pointer, sizeof(T), write: true, out var linear) || !GuestMemory.TryWrite(s, Segment.SS, linear, value))
        {
            return false;
        }

        TStack.SetPointer(s, pointer);
        return true;
    }

    /// <summary>Reads what POP would pop, <paramref name="offset"/> bytes above the stack pointer, and leaves the pointer alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPeek<T, TStack>(CpuState* s, ulong offset, out T value)
        where T : unmanaged
        where TStack : struct, IStack
    {
        Unsafe.SkipInit(out value);
        return TStack.TryGet(s, TStack.Wrap(s, s->Rsp + offset), sizeof(T), write: false, out var linear)
            && GuestMemory.TryRead(s, Segment.SS, linear, out value);
    }

    private static delegate*<CpuState*, Op*, Op*> Width<TForm, TStack>(int width)
        where TForm : IStackForm
        where TStack : struct, IStack => width switch
        {
            2 => &TForm.Execute<ushort, TStack>,
            4 => &TForm.Execute<uint, TStack>,
            _ => &TForm.Execute<ulong, TStack>,
        };
}
