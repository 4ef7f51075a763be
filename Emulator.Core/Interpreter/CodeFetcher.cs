using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Memory;

namespace Emulator.Core.Interpreter;

/// <summary>Finds or decodes the block at the processor's RIP.</summary>
public sealed unsafe class CodeFetcher : IDisposable
{
    private const int LongestInstruction = 15;
    private const ulong PageOffset = GuestRam.PageSize - 1;

    private readonly Processor _processor;
    private readonly CpuState* _state;
    private readonly BlockCache _blocks;
    private readonly BlockBuilder _builder;

    // One instruction that is run alone (single step, code in device memory), and a copy of its bytes when they are in two pages.
    private readonly Block* _single;
    private readonly byte* _bytes;

    /// <summary>A fetcher for one processor.</summary>
    public CodeFetcher(Processor processor, BlockBuilder builder)
    {
        _processor = processor;
        _state = processor.State;
        _blocks = processor.Wiring.Blocks;
        _builder = builder;
        var size = (nuint)(sizeof(Block) + (BlockBuilder.MaxOps * sizeof(Op)));
        _single = (Block*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc(size, 64);
        _bytes = (byte*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(32);
    }

    /// <summary>The block at RIP; null means that a fault was recorded.</summary>
    public Block* Fetch()
    {
        var s = _state;
        var remembered = Remembered();
        if (remembered != null)
        {
            return remembered;
        }

        if (!TryTranslate(s->Rip, out var linear, out var code, out var isDevice))
        {
            return null;
        }

        if (isDevice || ExceedsLimit(s->Rip))
        {
            return BuildSingle(linear, code, isDevice);
        }

        var block = _blocks.Find(code, s->Mode);
        if (block != null && (!block->CrossesPage || IsSecondPage(block, linear)) && FitsLimit(block))
        {
            if (!block->CrossesPage)
            {
                Remember(block);
            }

            return block;
        }

        return Build(code, linear);
    }

    /// <summary>
    /// A block of the one instruction at RIP, which no cache keeps; null means that a fault was recorded. It is taken from the block that
    /// begins there, if there is one; <paramref name="builds"/> says that there should be from now on.
    /// </summary>
    public Block* FetchSingle(bool builds)
    {
        var s = _state;
        var block = Remembered();
        if (block == null && builds)
        {
            block = Fetch();
            if (block == null || block == _single)
            {
                return block;
            }
        }

        if (block != null && TryTakeFirst(block))
        {
            return _single;
        }

        return TryTranslate(s->Rip, out var linear, out var code, out var isDevice) ? BuildSingle(linear, code, isDevice) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        System.Runtime.InteropServices.NativeMemory.AlignedFree(_single);
        System.Runtime.InteropServices.NativeMemory.Free(_bytes);
    }

    private Block* Remembered()
    {
        var s = _state;
        var entry = JumpCacheEntry.For(s, s->Rip);
        return entry->Rip == s->Rip && entry->Key == s->JumpKey && !entry->Block->IsStale && FitsLimit(entry->Block) ? entry->Block : null;
    }

    // Copies the first op. One that stands for more than one instruction is no single instruction.
    private bool TryTakeFirst(Block* block)
    {
        var ops = Block.Ops(block);
        if (ops[1].Remaining + 1 != ops[0].Remaining || ops[1].Offset != ops[0].Length)
        {
            return false;
        }

        *_single = default;
        _single->Count = 1;
        _single->Length = ops[0].Length;
        var single = Block.Ops(_single);
        *single = *ops;
        single->Handler = block->FirstHandler;
        single->Remaining = 1;
        single->Link = null;
        single->NextIncoming = null;
        single[1] = default;
        single[1].Offset = ops[0].Length;
        single[1].Number = 1;
        single[1].Immediate = ops[0].Length;
        single[1].Handler = &Branches.FallThrough;
        return true;
    }

    private Block* BuildSingle(ulong linear, byte* code, bool isDevice)
    {
        var s = _state;
        var inPage = (int)(GuestRam.PageSize - (linear & PageOffset));
        var available = Math.Min(Math.Min(inPage, LongestInstruction), LimitFrom(s->Rip));
        if (isDevice)
        {
            _processor.Mmu.Memory.Read((ulong)code, new Span<byte>(_bytes, available));
            code = _bytes;
        }

        *_single = default;
        if (_builder.TryBuild(_single, code, available, s->Rip, s->Mode, 1))
        {
            return _single;
        }

        if (available < Math.Min(inPage, LongestInstruction))
        {
            Fault.GeneralProtection(s, 0);
            return null;
        }

        return JoinPages(linear, code, inPage, out _) ? _single : null;
    }

    private Block* Build(byte* code, ulong linear)
    {
        var s = _state;
        var block = _blocks.Reserve();
        var inPage = (int)(GuestRam.PageSize - (linear & PageOffset));
        var limit = LimitFrom(s->Rip);
        if (_builder.TryBuild(block, code, Math.Min(inPage, limit), s->Rip, s->Mode, BlockBuilder.MaxInstructions))
        {
            _blocks.Add(block, code, s->Mode, null);
            _processor.Wiring.Observers.Decoded?.Invoke(_processor, block);
            Remember(block);
            return block;
        }

        if (limit < inPage)
        {
            Fault.GeneralProtection(s, 0);
            return null;
        }

        // The instruction runs into the next page: a block of its own, checked against that page's mapping at every entry.
        if (!JoinPages(linear, code, inPage, out var second))
        {
            return null;
        }

        if (second == null)
        {
            return _single;
        }

        var size = sizeof(Block) + ((_single->Count + 1) * sizeof(Op));
        Buffer.MemoryCopy(_single, block, size, size);
        _blocks.Add(block, code, s->Mode, second);
        _processor.Wiring.Observers.Decoded?.Invoke(_processor, block);
        return block;
    }

    // Builds into _single from a copy of the bytes of both pages. second is null when that page is a device's.
    private bool JoinPages(ulong linear, byte* code, int inPage, out byte* second)
    {
        var s = _state;
        second = null;
        var nextRip = Exits.Wrap(s, s->Rip + (ulong)inPage);
        if (!TryTranslate(nextRip, out _, out var next, out var isDevice))
        {
            return false;
        }

        if (code != _bytes)
        {
            new ReadOnlySpan<byte>(code, inPage).CopyTo(new Span<byte>(_bytes, inPage));
        }

        var rest = Math.Min(LongestInstruction, LimitFrom(nextRip));
        if (isDevice)
        {
            _processor.Mmu.Memory.Read((ulong)next, new Span<byte>(_bytes + inPage, rest));
        }
        else
        {
            new ReadOnlySpan<byte>(next, rest).CopyTo(new Span<byte>(_bytes + inPage, rest));
            second = next;
        }

        *_single = default;
        if (!_builder.TryBuild(_single, _bytes, inPage + rest, s->Rip, s->Mode, 1))
        {
            Fault.GeneralProtection(s, 0);
            return false;
        }

        return true;
    }

    // For a device, code is the physical address.
    private bool TryTranslate(ulong rip, out ulong linear, out byte* code, out bool isDevice)
    {
        var s = _state;
        code = null;
        isDevice = false;
        if (s->Is64Bit)
        {
            linear = rip;
            if (!SlowMemory.IsCanonical(s, rip))
            {
                return Fault.GeneralProtection(s, 0);
            }
        }
        else
        {
            linear = (uint)(s->Cs.Base + rip);
            if (rip > s->Cs.Limit)
            {
                return Fault.GeneralProtection(s, 0);
            }
        }

        var table = s->Cpl == 3 ? TlbTable.User : ModeTracker.ImplicitTable(s);
        if (!_processor.Mmu.TryResolve(linear, AccessKind.Execute, table, out var entry))
        {
            return false;
        }

        code = (byte*)linear + entry->Addend;
        isDevice = (entry->ExecTag & TlbEntry.DeviceTag) != 0;
        return true;
    }

    private bool ExceedsLimit(ulong rip) => LimitFrom(rip) < LongestInstruction;

    private int LimitFrom(ulong rip)
    {
        var s = _state;
        return s->Is64Bit ? GuestRam.PageSize : (int)Math.Min(GuestRam.PageSize, (ulong)s->Cs.Limit - rip + 1);
    }

    // A block decoded under a larger CS limit must not run beyond the present one.
    private bool FitsLimit(Block* block)
    {
        var s = _state;
        return s->Is64Bit || s->Rip + block->Length - 1 <= s->Cs.Limit;
    }

    private bool IsSecondPage(Block* block, ulong linear)
    {
        var next = (linear | PageOffset) + 1;
        var table = _state->Cpl == 3 ? TlbTable.User : ModeTracker.ImplicitTable(_state);
        if (!_processor.Mmu.TryResolve(_state->Is64Bit ? next : (uint)next, AccessKind.Execute, table, out var entry))
        {
            // Building it anew meets the fault again, with the right instruction pointer.
            _state->PendingVector = Fault.None;
            return false;
        }

        return (byte*)next + entry->Addend == block->SecondPage;
    }

    private void Remember(Block* block)
    {
        var s = _state;
        if (!s->Is64Bit && (s->Mode & CpuMode.FlatCode) == 0)
        {
            return;
        }

        var entry = JumpCacheEntry.For(s, s->Rip);
        entry->Rip = s->Rip;
        entry->Key = s->JumpKey;
        entry->Block = block;
    }
}
