using System.Runtime.InteropServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Decoding;

/// <summary>
/// A run of predecoded instructions with one entry; the ops follow this header directly in native memory. Its identity is the
/// host address of its first byte (which stands for the physical address) and the mode it was decoded for.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public unsafe struct Block
{
    /// <summary>The host address of the first code byte.</summary>
    public byte* Code;

    /// <summary>The mode it was decoded for.</summary>
    public CpuMode Mode;

    /// <summary>Code bytes covered, on the first page.</summary>
    public ushort Length;

    /// <summary>Instructions.</summary>
    public byte Count;

    /// <summary>The last instruction ends on another page; <see cref="SecondPage"/> must still be mapped there.</summary>
    public bool CrossesPage;

    /// <summary>The host address of the following page, for blocks that end there.</summary>
    public byte* SecondPage;

    /// <summary>Next in the hash bucket.</summary>
    public Block* NextInBucket;

    /// <summary>Next block that starts on the same page.</summary>
    public Block* NextOnPage;

    /// <summary>Next block that ends on the same second page.</summary>
    public Block* NextCrossing;

    /// <summary>The linked branches into this block.</summary>
    public Op* Incoming;

    /// <summary>The handler that decoding bound to the first op; a translation of the block replaces it there.</summary>
    public delegate*<CpuState*, Op*, Op*> FirstHandler;

    /// <summary>Entries left until the engine is told that the block is hot (<see cref="ExitReason.Hot"/>).</summary>
    public uint Countdown;

    /// <summary>The block was dropped: its bytes changed.</summary>
    public bool IsStale;

    /// <summary>No instruction ended it, only a limit: it goes on at the instruction that follows.</summary>
    public bool FallsThrough;

    /// <summary>Translations were made of it: whoever made them is told when it is dropped.</summary>
    public bool IsTranslated;

    /// <summary>Data that lie close together for this block have been found on different pages: no probe of the TLB answers for more than one access.</summary>
    public bool IsScattered;

    /// <summary>Ops whose memory operand has mostly been no plain memory, a bit for each: compiled code has them done by their handlers.</summary>
    public ulong SlowOps;

    /// <summary>The first op.</summary>
    public static Op* Ops(Block* block) => (Op*)(block + 1);
}

/// <summary>An entry of the cache from RIP to block.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public unsafe struct JumpCacheEntry
{
    public ulong Rip;

    /// <summary>Equals <see cref="CpuState.JumpKey"/> while valid.</summary>
    public ulong Key;
    public Block* Block;

    /// <summary>Entries in the table.</summary>
    public const int Count = 32768;

    /// <summary>The entry for an instruction pointer.</summary>
    public static JumpCacheEntry* For(CpuState* s, ulong rip) => s->JumpCache + ((rip ^ (rip >> 15)) & (Count - 1));
}
