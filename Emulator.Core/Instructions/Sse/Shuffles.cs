using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>PUNPCKLBW.</summary>
public readonly struct Punpcklbw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.UnpackLow(a.AsByte(), b.AsByte()).AsByte() : PortableVector.UnpackLow(a.AsByte(), b.AsByte()).AsByte();
}

/// <summary>PUNPCKLWD.</summary>
public readonly struct Punpcklwd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.UnpackLow(a.AsUInt16(), b.AsUInt16()).AsByte() : PortableVector.UnpackLow(a.AsUInt16(), b.AsUInt16()).AsByte();
}

/// <summary>PUNPCKLDQ.</summary>
public readonly struct Punpckldq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.UnpackLow(a.AsUInt32(), b.AsUInt32()).AsByte() : PortableVector.UnpackLow(a.AsUInt32(), b.AsUInt32()).AsByte();
}

/// <summary>PUNPCKLQDQ.</summary>
public readonly struct Punpcklqdq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.UnpackLow(a.AsUInt64(), b.AsUInt64()).AsByte() : PortableVector.UnpackLow(a.AsUInt64(), b.AsUInt64()).AsByte();
}

/// <summary>PUNPCKHBW.</summary>
public readonly struct Punpckhbw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.UnpackHigh(a.AsByte(), b.AsByte()).AsByte() : PortableVector.UnpackHigh(a.AsByte(), b.AsByte()).AsByte();
}

/// <summary>PUNPCKHWD.</summary>
public readonly struct Punpckhwd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.UnpackHigh(a.AsUInt16(), b.AsUInt16()).AsByte() : PortableVector.UnpackHigh(a.AsUInt16(), b.AsUInt16()).AsByte();
}

/// <summary>PUNPCKHDQ.</summary>
public readonly struct Punpckhdq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.UnpackHigh(a.AsUInt32(), b.AsUInt32()).AsByte() : PortableVector.UnpackHigh(a.AsUInt32(), b.AsUInt32()).AsByte();
}

/// <summary>PUNPCKHQDQ.</summary>
public readonly struct Punpckhqdq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.UnpackHigh(a.AsUInt64(), b.AsUInt64()).AsByte() : PortableVector.UnpackHigh(a.AsUInt64(), b.AsUInt64()).AsByte();
}

/// <summary>PACKSSWB.</summary>
public readonly struct Packsswb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.PackSignedSaturate(a.AsInt16(), b.AsInt16()).AsByte() : PortableVector.PackSigned(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PACKSSDW.</summary>
public readonly struct Packssdw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.PackSignedSaturate(a.AsInt32(), b.AsInt32()).AsByte() : PortableVector.PackSigned(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PACKUSWB.</summary>
public readonly struct Packuswb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.PackUnsignedSaturate(a.AsInt16(), b.AsInt16()) : PortableVector.PackUnsigned(a.AsInt16(), b.AsInt16());
}

/// <summary>PACKUSDW.</summary>
public readonly struct Packusdw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse41.IsSupported ? Sse41.PackUnsignedSaturate(a.AsInt32(), b.AsInt32()).AsByte() : PortableVector.PackUnsigned(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PSHUFB.</summary>
public readonly struct Pshufb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.Shuffle(a, b) : Vector128.Shuffle(a, b & Vector128.Create((byte)0x8f));
}

/// <summary>PSHUFBMMX.</summary>
public readonly struct PshufbMmx : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Pshufb.Apply(a, b & Vector128.Create((byte)0x87), i);
}

/// <summary>PALIGNR.</summary>
public readonly struct Palignr : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => i >= 32 ? V.Zero : Vector128.Shuffle(b, V.Indices + Vector128.Create(i)) | Vector128.Shuffle(a, V.Indices + Vector128.Create((byte)(i - 16)));
}

/// <summary>PALIGNRMMX.</summary>
public readonly struct PalignrMmx : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => i >= 16 ? V.Zero : Vector128.Shuffle(Vector128.Create(b.AsUInt64().ToScalar(), a.AsUInt64().ToScalar()).AsByte(), V.Indices + Vector128.Create(i));
}

/// <summary>PSHUFD.</summary>
public readonly struct Pshufd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(b.AsUInt32(), Vector128.Create((uint)i & 3, ((uint)i >> 2) & 3, ((uint)i >> 4) & 3, (uint)i >> 6)).AsByte();
}

/// <summary>PSHUFLW.</summary>
public readonly struct Pshuflw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(b.AsUInt16(), PortableVector.LowWords(i)).AsByte();
}

/// <summary>PSHUFHW.</summary>
public readonly struct Pshufhw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(b.AsUInt16(), PortableVector.HighWords(i)).AsByte();
}

/// <summary>SHUFPS.</summary>
public readonly struct Shufps : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Create(
            a.AsUInt32().GetElement(i & 3),
            a.AsUInt32().GetElement((i >> 2) & 3),
            b.AsUInt32().GetElement((i >> 4) & 3),
            b.AsUInt32().GetElement(i >> 6)).AsByte();
}

/// <summary>SHUFPD.</summary>
public readonly struct Shufpd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Create(a.AsUInt64().GetElement(i & 1), b.AsUInt64().GetElement((i >> 1) & 1)).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(Apply(a.GetLower(), b.GetLower(), i), Apply(a.GetUpper(), b.GetUpper(), (byte)(i >> 2)));
}

/// <summary>MOVDDUP.</summary>
public readonly struct Movddup : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Create(b.AsUInt64().ToScalar()).AsByte();
}

/// <summary>MOVSHDUP.</summary>
public readonly struct Movshdup : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(b.AsUInt32(), Vector128.Create(1u, 1, 3, 3)).AsByte();
}

/// <summary>MOVSLDUP.</summary>
public readonly struct Movsldup : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(b.AsUInt32(), Vector128.Create(0u, 0, 2, 2)).AsByte();
}

/// <summary>PSLLDQ.</summary>
public readonly struct Pslldq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(b, V.Indices - Vector128.Create(i)) & (i > 15 ? V.Zero : V.AllBitsSet);
}

/// <summary>PSRLDQ.</summary>
public readonly struct Psrldq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(b, V.Indices + Vector128.Create(i)) & (i > 15 ? V.Zero : V.AllBitsSet);
}

/// <summary>The MMX form of PUNPCKHBW and its kin: the upper half of what the low form makes of the same 64 bits.</summary>
public readonly struct UnpackHighMmx<TLow> : IVectorOperation
    where TLow : struct, IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.CreateScalar(TLow.Apply(a, b, i).AsUInt64().GetElement(1)).AsByte();
}

/// <summary>Interleaving, packing, shuffles and byte shifts of whole vectors (SDM Vol. 2B).</summary>
public static class Shuffles
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Punpcklbw, Mnemonic.Vpunpcklbw, new OperationRow<Punpcklbw, Whole, Punpcklbw, Part<uint, uint>>());
        Add(table, Mnemonic.Punpcklwd, Mnemonic.Vpunpcklwd, new OperationRow<Punpcklwd, Whole, Punpcklwd, Part<uint, uint>>());
        Add(table, Mnemonic.Punpckldq, Mnemonic.Vpunpckldq, new OperationRow<Punpckldq, Whole, Punpckldq, Part<uint, uint>>());
        Add(table, Mnemonic.Punpcklqdq, Mnemonic.Vpunpcklqdq, new OperationRow<Punpcklqdq, Whole, Punpcklqdq, Part<uint, uint>>());
        Add(table, Mnemonic.Punpckhbw, Mnemonic.Vpunpckhbw, new OperationRow<Punpckhbw, Whole, UnpackHighMmx<Punpcklbw>>());
        Add(table, Mnemonic.Punpckhwd, Mnemonic.Vpunpckhwd, new OperationRow<Punpckhwd, Whole, UnpackHighMmx<Punpcklwd>>());
        Add(table, Mnemonic.Punpckhdq, Mnemonic.Vpunpckhdq, new OperationRow<Punpckhdq, Whole, UnpackHighMmx<Punpckldq>>());
        Add(table, Mnemonic.Punpckhqdq, Mnemonic.Vpunpckhqdq, new OperationRow<Punpckhqdq, Whole, UnpackHighMmx<Punpcklqdq>>());
        Add(table, Mnemonic.Packsswb, Mnemonic.Vpacksswb, new OperationRow<Packsswb, Whole, MmxJoined<Packsswb>>());
        Add(table, Mnemonic.Packssdw, Mnemonic.Vpackssdw, new OperationRow<Packssdw, Whole, MmxJoined<Packssdw>>());
        Add(table, Mnemonic.Packuswb, Mnemonic.Vpackuswb, new OperationRow<Packuswb, Whole, MmxJoined<Packuswb>>());
        Add(table, Mnemonic.Packusdw, Mnemonic.Vpackusdw, new OperationRow<Packusdw, Whole, MmxJoined<Packusdw>>());
        Add(table, Mnemonic.Unpcklps, Mnemonic.Vunpcklps, new OperationRow<Punpckldq>());
        Add(table, Mnemonic.Unpcklpd, Mnemonic.Vunpcklpd, new OperationRow<Punpcklqdq>());
        Add(table, Mnemonic.Unpckhps, Mnemonic.Vunpckhps, new OperationRow<Punpckhdq>());
        Add(table, Mnemonic.Unpckhpd, Mnemonic.Vunpckhpd, new OperationRow<Punpckhqdq>());
        Add(table, Mnemonic.Pshufb, Mnemonic.Vpshufb, new OperationRow<Pshufb, Whole, PshufbMmx>());
        Add(table, Mnemonic.Palignr, Mnemonic.Vpalignr, new OperationRow<Palignr, Whole, PalignrMmx>());
        table.Add(Mnemonic.Pshufw, new OperationRow<Pshuflw>());
        Add(table, Mnemonic.Movddup, Mnemonic.Vmovddup, new OperationRow<Movddup, Part<ulong, Vector256<byte>>>());
        Add(table, Mnemonic.Pshufd, Mnemonic.Vpshufd, new OperationRow<Pshufd>());
        Add(table, Mnemonic.Pshuflw, Mnemonic.Vpshuflw, new OperationRow<Pshuflw>());
        Add(table, Mnemonic.Pshufhw, Mnemonic.Vpshufhw, new OperationRow<Pshufhw>());
        Add(table, Mnemonic.Shufps, Mnemonic.Vshufps, new OperationRow<Shufps>());
        Add(table, Mnemonic.Shufpd, Mnemonic.Vshufpd, new OperationRow<Shufpd>());
        Add(table, Mnemonic.Movshdup, Mnemonic.Vmovshdup, new OperationRow<Movshdup>());
        Add(table, Mnemonic.Movsldup, Mnemonic.Vmovsldup, new OperationRow<Movsldup>());
        Add(table, Mnemonic.Pslldq, Mnemonic.Vpslldq, new OperationRow<Pslldq>());
        Add(table, Mnemonic.Psrldq, Mnemonic.Vpsrldq, new OperationRow<Psrldq>());
    }

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
