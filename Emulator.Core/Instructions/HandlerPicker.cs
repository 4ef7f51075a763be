using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;

namespace Emulator.Core.Instructions;

/// <summary>A handler's body, generic over the way to its memory operand.</summary>
public unsafe interface IMemoryForm
{
    /// <summary>Runs the op.</summary>
    static abstract Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress;
}

/// <summary>A handler's body, generic over the operand's width.</summary>
public unsafe interface IWidthForm
{
    /// <summary>Runs the op.</summary>
    static abstract Op* Execute<T>(CpuState* s, Op* op)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
}

/// <summary>A handler's body, generic over the operand's width and the way to it.</summary>
public unsafe interface IWidthMemoryForm
{
    /// <summary>Runs the op.</summary>
    static abstract Op* Execute<T, TAddress>(CpuState* s, Op* op)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        where TAddress : struct, IAddress;
}

/// <summary>Closes a form over width and address kind and gives the handler's address: the only place that enumerates them.</summary>
public static unsafe class HandlerPicker
{
    /// <summary>The handler for an address kind.</summary>
    public static delegate*<CpuState*, Op*, Op*> Memory<TForm>(AddressKind address)
        where TForm : IMemoryForm => address switch
        {
            AddressKind.Flat64 => &TForm.Execute<Flat64Address>,
            AddressKind.Based64 => &TForm.Execute<Based64Address>,
            AddressKind.Flat32 => &TForm.Execute<Flat32Address>,
            _ => &TForm.Execute<CheckedAddress>,
        };

    /// <summary>The handler for a width in bytes.</summary>
    public static delegate*<CpuState*, Op*, Op*> Width<TForm>(int width)
        where TForm : IWidthForm => width switch
        {
            1 => &TForm.Execute<byte>,
            2 => &TForm.Execute<ushort>,
            4 => &TForm.Execute<uint>,
            _ => &TForm.Execute<ulong>,
        };

    /// <summary>The handler for a width in bytes and an address kind.</summary>
    public static delegate*<CpuState*, Op*, Op*> WidthMemory<TForm>(int width, AddressKind address)
        where TForm : IWidthMemoryForm => width switch
        {
            1 => WidthMemory<TForm, byte>(address),
            2 => WidthMemory<TForm, ushort>(address),
            4 => WidthMemory<TForm, uint>(address),
            _ => WidthMemory<TForm, ulong>(address),
        };

    private static delegate*<CpuState*, Op*, Op*> WidthMemory<TForm, T>(AddressKind address)
        where TForm : IWidthMemoryForm
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => address switch
        {
            AddressKind.Flat64 => &TForm.Execute<T, Flat64Address>,
            AddressKind.Based64 => &TForm.Execute<T, Based64Address>,
            AddressKind.Flat32 => &TForm.Execute<T, Flat32Address>,
            _ => &TForm.Execute<T, CheckedAddress>,
        };
}
