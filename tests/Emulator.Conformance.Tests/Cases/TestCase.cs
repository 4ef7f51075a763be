using System.Runtime.InteropServices;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>
/// One case: a few instructions, the state and the memory they start from. Lives in native memory and is filled anew for each case.
/// </summary>
public sealed unsafe class TestCase : IDisposable
{
    /// <summary>Room for code.</summary>
    public const int MaxCode = 64;

    /// <summary>An empty case.</summary>
    public TestCase()
    {
        Initial = (MachineState*)NativeMemory.AlignedAlloc((nuint)sizeof(MachineState), 64);
        Data = (byte*)NativeMemory.AlignedAlloc(Arena.DataSize, 64);
        Code = (byte*)NativeMemory.AllocZeroed(MaxCode);
        *Initial = default;
    }

    /// <summary>What makes this case again.</summary>
    public ulong Seed { get; set; }

    /// <summary>The state before.</summary>
    public MachineState* Initial { get; }

    /// <summary>What <see cref="Arena.Data"/> holds before.</summary>
    public byte* Data { get; }

    /// <summary>The instructions' bytes.</summary>
    public byte* Code { get; }
    public int CodeLength { get; set; }

    /// <summary>The bases of FS and GS, the same on both sides.</summary>
    public ulong FsBase { get; set; }
    public ulong GsBase { get; set; }

    /// <summary>Linear address of the first instruction.</summary>
    public ulong CodeAddress { get; set; }

    /// <summary>The instructions as decoded from <see cref="Code"/>; the last is the one under test.</summary>
    public List<Instruction> Instructions { get; } = [];

    /// <summary>The instruction under test.</summary>
    public Instruction Main => Instructions[^1];

    /// <summary>The bytes of the data area at a linear address within it.</summary>
    public byte* DataAt(ulong linear) => Data + (linear - Arena.Data);

    /// <summary>Whether a range lies in the data area.</summary>
    public static bool IsData(ulong linear, int size) => linear - Arena.Data <= (ulong)(Arena.DataSize - size);

    /// <summary>Decodes <see cref="Code"/> into <see cref="Instructions"/>; false when it is not what was meant.</summary>
    public bool Decode()
    {
        Instructions.Clear();
        var reader = new ByteArrayCodeReader(new ReadOnlySpan<byte>(Code, CodeLength).ToArray());
        var decoder = Decoder.Create(64, reader, CodeAddress);
        while (reader.CanReadByte)
        {
            decoder.Decode(out var instruction);
            if (instruction.IsInvalid)
            {
                return false;
            }

            Instructions.Add(instruction);
        }

        return true;
    }

    /// <summary>Makes this case equal to another.</summary>
    public void CopyFrom(TestCase other)
    {
        Seed = other.Seed;
        FsBase = other.FsBase;
        GsBase = other.GsBase;
        *Initial = *other.Initial;
        Buffer.MemoryCopy(other.Data, Data, Arena.DataSize, Arena.DataSize);
        Buffer.MemoryCopy(other.Code, Code, MaxCode, MaxCode);
        CodeLength = other.CodeLength;
        CodeAddress = other.CodeAddress;
        Instructions.Clear();
        Instructions.AddRange(other.Instructions);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(Initial);
        NativeMemory.AlignedFree(Data);
        NativeMemory.Free(Code);
    }
}
