using Emulator.Core.Decoding;

namespace Emulator.Architecture.Tests;

/// <summary>Numbers of docs/specification.md that are a matter of layout.</summary>
public sealed class SpecificationTests
{
    [Fact]
    public unsafe void Op_InMemory_Takes64Bytes() => Assert.Equal(64, sizeof(Op));

    [Fact]
    public void Block_AtItsLongest_Holds48Instructions() => Assert.Equal(48, BlockBuilder.MaxInstructions);
}
