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
            AddressKind.Flat64 => &Run<TForm, Flat64Address>,
            AddressKind.Based64 => &Run<TForm, Based64Address>,
            AddressKind.Flat32 => &Run<TForm, Flat32Address>,
            _ => &Run<TForm, CheckedAddress>,
        };

    /// <summary>The handler for a width in bytes.</summary>
    public static delegate*<CpuState*, Op*, Op*> Width<TForm>(int width)
        where TForm : IWidthForm => width switch
        {
            1 => &RunWidth<TForm, byte>,
            2 => &RunWidth<TForm, ushort>,
            4 => &RunWidth<TForm, uint>,
            _ => &RunWidth<TForm, ulong>,
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
            AddressKind.Flat64 => &RunWidthMemory<TForm, T, Flat64Address>,
            AddressKind.Based64 => &RunWidthMemory<TForm, T, Based64Address>,
            AddressKind.Flat32 => &RunWidthMemory<TForm, T, Flat32Address>,
            _ => &RunWidthMemory<TForm, T, CheckedAddress>,
        };

    private static Op* Run<TForm, TAddress>(CpuState* s, Op* op)
        where TForm : IMemoryForm
        where TAddress : struct, IAddress => TForm.Execute<TAddress>(s, op);

    private static Op* RunWidth<TForm, T>(CpuState* s, Op* op)
        where TForm : IWidthForm
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => TForm.Execute<T>(s, op);

    private static Op* RunWidthMemory<TForm, T, TAddress>(CpuState* s, Op* op)
        where TForm : IWidthMemoryForm
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        where TAddress : struct, IAddress => TForm.Execute<T, TAddress>(s, op);
}
