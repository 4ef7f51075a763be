using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>PADDB.</summary>
public readonly struct Paddb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsByte() + b.AsByte()).AsByte();
}

/// <summary>PSUBB.</summary>
public readonly struct Psubb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsByte() - b.AsByte()).AsByte();
}

/// <summary>PADDW.</summary>
public readonly struct Paddw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsUInt16() + b.AsUInt16()).AsByte();
}

/// <summary>PSUBW.</summary>
public readonly struct Psubw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsUInt16() - b.AsUInt16()).AsByte();
}

/// <summary>PADDD.</summary>
public readonly struct Paddd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsUInt32() + b.AsUInt32()).AsByte();
}

/// <summary>PSUBD.</summary>
public readonly struct Psubd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsUInt32() - b.AsUInt32()).AsByte();
}

/// <summary>PADDQ.</summary>
public readonly struct Paddq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsUInt64() + b.AsUInt64()).AsByte();
}

/// <summary>PSUBQ.</summary>
public readonly struct Psubq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsUInt64() - b.AsUInt64()).AsByte();
}

/// <summary>PADDSB.</summary>
public readonly struct Paddsb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.AddSaturate(a.AsSByte(), b.AsSByte()).AsByte();
}

/// <summary>PSUBSB.</summary>
public readonly struct Psubsb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.SubtractSaturate(a.AsSByte(), b.AsSByte()).AsByte();
}

/// <summary>PADDSW.</summary>
public readonly struct Paddsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.AddSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PSUBSW.</summary>
public readonly struct Psubsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.SubtractSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PADDUSB.</summary>
public readonly struct Paddusb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.AddSaturate(a.AsByte(), b.AsByte()).AsByte();
}

/// <summary>PSUBUSB.</summary>
public readonly struct Psubusb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.SubtractSaturate(a.AsByte(), b.AsByte()).AsByte();
}

/// <summary>PADDUSW.</summary>
public readonly struct Paddusw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.AddSaturate(a.AsUInt16(), b.AsUInt16()).AsByte();
}

/// <summary>PSUBUSW.</summary>
public readonly struct Psubusw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.SubtractSaturate(a.AsUInt16(), b.AsUInt16()).AsByte();
}

/// <summary>PAVGB.</summary>
public readonly struct Pavgb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.Average(a.AsByte(), b.AsByte()).AsByte() : PortableVector.AverageByte(a.AsByte(), b.AsByte()).AsByte();
}

/// <summary>PAVGW.</summary>
public readonly struct Pavgw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.Average(a.AsUInt16(), b.AsUInt16()).AsByte() : PortableVector.AverageUInt16(a.AsUInt16(), b.AsUInt16()).AsByte();
}

/// <summary>PMINSB.</summary>
public readonly struct Pminsb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Min(a.AsSByte(), b.AsSByte()).AsByte();
}

/// <summary>PMAXSB.</summary>
public readonly struct Pmaxsb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Max(a.AsSByte(), b.AsSByte()).AsByte();
}

/// <summary>PMINSW.</summary>
public readonly struct Pminsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Min(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PMAXSW.</summary>
public readonly struct Pmaxsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Max(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PMINSD.</summary>
public readonly struct Pminsd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Min(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PMAXSD.</summary>
public readonly struct Pmaxsd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Max(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PMINUB.</summary>
public readonly struct Pminub : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Min(a.AsByte(), b.AsByte()).AsByte();
}

/// <summary>PMAXUB.</summary>
public readonly struct Pmaxub : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Max(a.AsByte(), b.AsByte()).AsByte();
}

/// <summary>PMINUW.</summary>
public readonly struct Pminuw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Min(a.AsUInt16(), b.AsUInt16()).AsByte();
}

/// <summary>PMAXUW.</summary>
public readonly struct Pmaxuw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Max(a.AsUInt16(), b.AsUInt16()).AsByte();
}

/// <summary>PMINUD.</summary>
public readonly struct Pminud : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Min(a.AsUInt32(), b.AsUInt32()).AsByte();
}

/// <summary>PMAXUD.</summary>
public readonly struct Pmaxud : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Max(a.AsUInt32(), b.AsUInt32()).AsByte();
}

/// <summary>PABSB.</summary>
public readonly struct Pabsb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => PortableVector.Abs(b.AsSByte()).AsByte();
}

/// <summary>PSIGNB.</summary>
public readonly struct Psignb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => PortableVector.Sign(a.AsSByte(), b.AsSByte()).AsByte();
}

/// <summary>PABSW.</summary>
public readonly struct Pabsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => PortableVector.Abs(b.AsInt16()).AsByte();
}

/// <summary>PSIGNW.</summary>
public readonly struct Psignw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => PortableVector.Sign(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PABSD.</summary>
public readonly struct Pabsd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => PortableVector.Abs(b.AsInt32()).AsByte();
}

/// <summary>PSIGND.</summary>
public readonly struct Psignd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => PortableVector.Sign(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PCMPEQB.</summary>
public readonly struct Pcmpeqb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Equals(a.AsSByte(), b.AsSByte()).AsByte();
}

/// <summary>PCMPGTB.</summary>
public readonly struct Pcmpgtb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.GreaterThan(a.AsSByte(), b.AsSByte()).AsByte();
}

/// <summary>PCMPEQW.</summary>
public readonly struct Pcmpeqw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Equals(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PCMPGTW.</summary>
public readonly struct Pcmpgtw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.GreaterThan(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PCMPEQD.</summary>
public readonly struct Pcmpeqd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Equals(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PCMPGTD.</summary>
public readonly struct Pcmpgtd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.GreaterThan(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PCMPEQQ.</summary>
public readonly struct Pcmpeqq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Equals(a.AsInt64(), b.AsInt64()).AsByte();
}

/// <summary>PCMPGTQ.</summary>
public readonly struct Pcmpgtq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.GreaterThan(a.AsInt64(), b.AsInt64()).AsByte();
}

/// <summary>PAND.</summary>
public readonly struct Pand : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a & b;
}

/// <summary>PANDN.</summary>
public readonly struct Pandn : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => ~a & b;
}

/// <summary>POR.</summary>
public readonly struct Por : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a | b;
}

/// <summary>PXOR.</summary>
public readonly struct Pxor : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a ^ b;
}

/// <summary>Packed integer addition, subtraction, averages, extremes, comparisons and logic (SDM Vol. 2B).</summary>
public static class PackedArithmetic
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Paddb, Mnemonic.Vpaddb, new OperationRow<Paddb>());
        Add(table, Mnemonic.Psubb, Mnemonic.Vpsubb, new OperationRow<Psubb>());
        Add(table, Mnemonic.Paddw, Mnemonic.Vpaddw, new OperationRow<Paddw>());
        Add(table, Mnemonic.Psubw, Mnemonic.Vpsubw, new OperationRow<Psubw>());
        Add(table, Mnemonic.Paddd, Mnemonic.Vpaddd, new OperationRow<Paddd>());
        Add(table, Mnemonic.Psubd, Mnemonic.Vpsubd, new OperationRow<Psubd>());
        Add(table, Mnemonic.Paddq, Mnemonic.Vpaddq, new OperationRow<Paddq>());
        Add(table, Mnemonic.Psubq, Mnemonic.Vpsubq, new OperationRow<Psubq>());
        Add(table, Mnemonic.Paddsb, Mnemonic.Vpaddsb, new OperationRow<Paddsb>());
        Add(table, Mnemonic.Psubsb, Mnemonic.Vpsubsb, new OperationRow<Psubsb>());
        Add(table, Mnemonic.Paddsw, Mnemonic.Vpaddsw, new OperationRow<Paddsw>());
        Add(table, Mnemonic.Psubsw, Mnemonic.Vpsubsw, new OperationRow<Psubsw>());
        Add(table, Mnemonic.Paddusb, Mnemonic.Vpaddusb, new OperationRow<Paddusb>());
        Add(table, Mnemonic.Psubusb, Mnemonic.Vpsubusb, new OperationRow<Psubusb>());
        Add(table, Mnemonic.Paddusw, Mnemonic.Vpaddusw, new OperationRow<Paddusw>());
        Add(table, Mnemonic.Psubusw, Mnemonic.Vpsubusw, new OperationRow<Psubusw>());
        Add(table, Mnemonic.Pavgb, Mnemonic.Vpavgb, new OperationRow<Pavgb>());
        Add(table, Mnemonic.Pavgw, Mnemonic.Vpavgw, new OperationRow<Pavgw>());
        Add(table, Mnemonic.Pminsb, Mnemonic.Vpminsb, new OperationRow<Pminsb>());
        Add(table, Mnemonic.Pmaxsb, Mnemonic.Vpmaxsb, new OperationRow<Pmaxsb>());
        Add(table, Mnemonic.Pminsw, Mnemonic.Vpminsw, new OperationRow<Pminsw>());
        Add(table, Mnemonic.Pmaxsw, Mnemonic.Vpmaxsw, new OperationRow<Pmaxsw>());
        Add(table, Mnemonic.Pminsd, Mnemonic.Vpminsd, new OperationRow<Pminsd>());
        Add(table, Mnemonic.Pmaxsd, Mnemonic.Vpmaxsd, new OperationRow<Pmaxsd>());
        Add(table, Mnemonic.Pminub, Mnemonic.Vpminub, new OperationRow<Pminub>());
        Add(table, Mnemonic.Pmaxub, Mnemonic.Vpmaxub, new OperationRow<Pmaxub>());
        Add(table, Mnemonic.Pminuw, Mnemonic.Vpminuw, new OperationRow<Pminuw>());
        Add(table, Mnemonic.Pmaxuw, Mnemonic.Vpmaxuw, new OperationRow<Pmaxuw>());
        Add(table, Mnemonic.Pminud, Mnemonic.Vpminud, new OperationRow<Pminud>());
        Add(table, Mnemonic.Pmaxud, Mnemonic.Vpmaxud, new OperationRow<Pmaxud>());
        Add(table, Mnemonic.Pabsb, Mnemonic.Vpabsb, new OperationRow<Pabsb>());
        Add(table, Mnemonic.Psignb, Mnemonic.Vpsignb, new OperationRow<Psignb>());
        Add(table, Mnemonic.Pabsw, Mnemonic.Vpabsw, new OperationRow<Pabsw>());
        Add(table, Mnemonic.Psignw, Mnemonic.Vpsignw, new OperationRow<Psignw>());
        Add(table, Mnemonic.Pabsd, Mnemonic.Vpabsd, new OperationRow<Pabsd>());
        Add(table, Mnemonic.Psignd, Mnemonic.Vpsignd, new OperationRow<Psignd>());
        Add(table, Mnemonic.Pcmpeqb, Mnemonic.Vpcmpeqb, new OperationRow<Pcmpeqb>());
        Add(table, Mnemonic.Pcmpgtb, Mnemonic.Vpcmpgtb, new OperationRow<Pcmpgtb>());
        Add(table, Mnemonic.Pcmpeqw, Mnemonic.Vpcmpeqw, new OperationRow<Pcmpeqw>());
        Add(table, Mnemonic.Pcmpgtw, Mnemonic.Vpcmpgtw, new OperationRow<Pcmpgtw>());
        Add(table, Mnemonic.Pcmpeqd, Mnemonic.Vpcmpeqd, new OperationRow<Pcmpeqd>());
        Add(table, Mnemonic.Pcmpgtd, Mnemonic.Vpcmpgtd, new OperationRow<Pcmpgtd>());
        Add(table, Mnemonic.Pcmpeqq, Mnemonic.Vpcmpeqq, new OperationRow<Pcmpeqq>());
        Add(table, Mnemonic.Pcmpgtq, Mnemonic.Vpcmpgtq, new OperationRow<Pcmpgtq>());
        Add(table, Mnemonic.Pand, Mnemonic.Vpand, new OperationRow<Pand>());
        Add(table, Mnemonic.Pandn, Mnemonic.Vpandn, new OperationRow<Pandn>());
        Add(table, Mnemonic.Por, Mnemonic.Vpor, new OperationRow<Por>());
        Add(table, Mnemonic.Pxor, Mnemonic.Vpxor, new OperationRow<Pxor>());
        Add(table, Mnemonic.Andps, Mnemonic.Vandps, new OperationRow<Pand>());
        Add(table, Mnemonic.Andpd, Mnemonic.Vandpd, new OperationRow<Pand>());
        Add(table, Mnemonic.Andnps, Mnemonic.Vandnps, new OperationRow<Pandn>());
        Add(table, Mnemonic.Andnpd, Mnemonic.Vandnpd, new OperationRow<Pandn>());
        Add(table, Mnemonic.Orps, Mnemonic.Vorps, new OperationRow<Por>());
        Add(table, Mnemonic.Orpd, Mnemonic.Vorpd, new OperationRow<Por>());
        Add(table, Mnemonic.Xorps, Mnemonic.Vxorps, new OperationRow<Pxor>());
        Add(table, Mnemonic.Xorpd, Mnemonic.Vxorpd, new OperationRow<Pxor>());
    }

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
