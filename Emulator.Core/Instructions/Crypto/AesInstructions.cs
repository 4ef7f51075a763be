using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Crypto;

/// <summary>AESENC.</summary>
public readonly struct Aesenc : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Aes.IsSupported ? Aes.Encrypt(a, b) : AesInstructions.Encrypt(a, mix: true) ^ b;
}

/// <summary>AESENCLAST.</summary>
public readonly struct Aesenclast : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Aes.IsSupported ? Aes.EncryptLast(a, b) : AesInstructions.Encrypt(a, mix: false) ^ b;
}

/// <summary>AESDEC.</summary>
public readonly struct Aesdec : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Aes.IsSupported ? Aes.Decrypt(a, b) : AesInstructions.Decrypt(a, mix: true) ^ b;
}

/// <summary>AESDECLAST.</summary>
public readonly struct Aesdeclast : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Aes.IsSupported ? Aes.DecryptLast(a, b) : AesInstructions.Decrypt(a, mix: false) ^ b;
}

/// <summary>AESIMC.</summary>
public readonly struct Aesimc : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Aes.IsSupported ? Aes.InverseMixColumns(b) : AesInstructions.InverseMix(b);
}

/// <summary>AESKEYGENASSIST.</summary>
public readonly struct Aeskeygenassist : IVectorOperation
{
    public static V Apply(V a, V b, byte i)
    {
        if (Aes.IsSupported)
        {
            // The host's wants a constant; what the constant does is an exclusive or.
            return Aes.KeygenAssist(b, 0) ^ Vector128.Create(0u, i, 0, i).AsByte();
        }

        var substituted = b.AsUInt32();
        var x1 = AesInstructions.SubstituteWord(substituted.GetElement(1));
        var x3 = AesInstructions.SubstituteWord(substituted.GetElement(3));
        return Vector128.Create(
            x1,
            System.Numerics.BitOperations.RotateRight(x1, 8) ^ i,
            x3,
            System.Numerics.BitOperations.RotateRight(x3, 8) ^ i).AsByte();
    }
}

/// <summary>PCLMULQDQ: bits 0 and 4 select the quadwords.</summary>
public readonly struct Pclmulqdq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var x = a.AsUInt64().GetElement(i & 1);
        var y = b.AsUInt64().GetElement((i >> 4) & 1);
        return System.Runtime.Intrinsics.X86.Pclmulqdq.IsSupported
            ? System.Runtime.Intrinsics.X86.Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(x), Vector128.CreateScalar(y), 0).AsByte()
            : AesInstructions.CarrylessMultiply(x, y);
    }
}

/// <summary>AES-NI, PCLMULQDQ and their VEX forms (SDM Vol. 2A, AESDEC to AESKEYGENASSIST; Vol. 2B, PCLMULQDQ).</summary>
public static unsafe class AesInstructions
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Aesenc, Mnemonic.Vaesenc, new OperationRow<Aesenc>());
        Add(table, Mnemonic.Aesenclast, Mnemonic.Vaesenclast, new OperationRow<Aesenclast>());
        Add(table, Mnemonic.Aesdec, Mnemonic.Vaesdec, new OperationRow<Aesdec>());
        Add(table, Mnemonic.Aesdeclast, Mnemonic.Vaesdeclast, new OperationRow<Aesdeclast>());
        Add(table, Mnemonic.Aesimc, Mnemonic.Vaesimc, new OperationRow<Aesimc>());
        Add(table, Mnemonic.Aeskeygenassist, Mnemonic.Vaeskeygenassist, new OperationRow<Aeskeygenassist>());
        Add(table, Mnemonic.Pclmulqdq, Mnemonic.Vpclmulqdq, new OperationRow<Pclmulqdq>());
    }

    /// <summary>ShiftRows, SubBytes and, but in the last round, MixColumns.</summary>
    internal static V Encrypt(V state, bool mix)
    {
        V result = default;
        for (var i = 0; i < 16; i++)
        {
            ((byte*)&result)[i] = AesTables.Substitute(((byte*)&state)[AesTables.ShiftedRow(i)]);
        }

        if (mix)
        {
            AesTables.MixColumns(new Span<byte>(&result, 16), [2, 3, 1, 1]);
        }

        return result;
    }

    /// <summary>InvShiftRows, InvSubBytes and, but in the last round, InvMixColumns.</summary>
    internal static V Decrypt(V state, bool mix)
    {
        V result = default;
        for (var i = 0; i < 16; i++)
        {
            ((byte*)&result)[i] = AesTables.InverseSubstitute(((byte*)&state)[AesTables.InverseShiftedRow(i)]);
        }

        return mix ? InverseMix(result) : result;
    }

    /// <summary>InvMixColumns.</summary>
    internal static V InverseMix(V state)
    {
        AesTables.MixColumns(new Span<byte>(&state, 16), [14, 11, 13, 9]);
        return state;
    }

    /// <summary>SubWord.</summary>
    internal static uint SubstituteWord(uint word)
        => AesTables.Substitute((byte)word)
            | ((uint)AesTables.Substitute((byte)(word >> 8)) << 8)
            | ((uint)AesTables.Substitute((byte)(word >> 16)) << 16)
            | ((uint)AesTables.Substitute((byte)(word >> 24)) << 24);

    /// <summary>The 127-bit product of polynomials over GF(2).</summary>
    internal static V CarrylessMultiply(ulong x, ulong y)
    {
        ulong low = 0;
        ulong high = 0;
        for (var i = 0; i < 64; i++)
        {
            if (((y >> i) & 1) != 0)
            {
                low ^= x << i;
                high ^= i == 0 ? 0 : x >> (64 - i);
            }
        }

        return Vector128.Create(low, high).AsByte();
    }

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
