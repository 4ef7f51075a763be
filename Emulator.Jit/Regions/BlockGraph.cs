using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Jit.Regions;

/// <summary>
/// The decoded blocks as a graph, walked on the machine's thread: successors by direct branch, call and fall-through, across pages where the TLB knows
/// the other page.
/// </summary>
public sealed unsafe class BlockGraph(Processor processor)
{
    private const ulong PageMask = ~(ulong)(GuestRam.PageSize - 1);

    private readonly BlockCache _blocks = processor.Wiring.Blocks;
    private readonly CpuState* _state = processor.State;

    /// <summary>How the last instruction of a block goes on.</summary>
    public enum Ending
    {
        /// <summary>To the instruction that follows.</summary>
        FallThrough,

        /// <summary>To one target.</summary>
        Jump,

        /// <summary>To a target or to the instruction that follows.</summary>
        Conditional,

        /// <summary>To a target, which returns to the instruction that follows.</summary>
        Call,

        /// <summary>A near return.</summary>
        Return,

        /// <summary>A near call through a register or memory, which returns to the instruction that follows.</summary>
        IndirectCall,

        /// <summary>A near jump through a register or memory.</summary>
        IndirectJump,

        /// <summary>Anything else.</summary>
        Other,
    }

    /// <summary>Whether blocks of the current mode can be part of a region: flat code, whose instruction pointers are linear addresses.</summary>
    public bool IsTranslatable => (_state->Mode & CpuMode.FlatCode) != 0 && (_state->Mode & (CpuMode.CodeSizeMask | CpuMode.AlignmentChecks)) is CpuMode.Code64 or CpuMode.Code32;

    /// <summary>How a block ends.</summary>
    public static Ending EndingOf(Block* block)
    {
        if (block->FallsThrough)
        {
            return Ending.FallThrough;
        }

        var last = Block.Ops(block) + (block->Count - 1);
        var code = (Code)last->Code;
        return code switch
        {
            _ when code.IsJccShortOrNear() && last->OperandSize != 2 => Ending.Conditional,
            _ when code.IsJmpShortOrNear() && last->OperandSize != 2 => Ending.Jump,
            _ when code.IsCallNear() && last->OperandSize != 2 => Ending.Call,
            _ when code.IsCallNearIndirect() => Ending.IndirectCall,
            _ when code.IsJmpNearIndirect() => Ending.IndirectJump,
            Code.Retnq or Code.Retnd or Code.Retnq_imm16 or Code.Retnd_imm16 => Ending.Return,
            _ => Ending.Other,
        };
    }

    /// <summary>How a planned block ends.</summary>
    public static Ending EndingOf(PlannedBlock block) => EndingOf(block.Block);

    /// <summary>RIP of the target of a block's direct branch.</summary>
    public ulong TargetOf(Block* block, ulong rip) => Wrap(rip + Block.Ops(block)[block->Count - 1].Immediate);

    /// <summary>RIPs to which a block's indirect branch has gone.</summary>
    public IReadOnlyList<ulong> SeenFrom(Block* block, ulong rip)
    {
        var seen = Block.Ops(block)[block->Count - 1].Seen;
        var targets = new ulong[seen == null ? 0 : seen->Count];
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = Wrap(rip + (*seen)[i]);
        }

        return targets;
    }

    /// <summary>RIP of the instruction after a block.</summary>
    public ulong NextOf(Block* block, ulong rip) => Wrap(rip + block->Length);

    /// <summary>The decoded block at an instruction pointer, seen from another block; null when there is none that a region can hold.</summary>
    public Block* Find(Block* from, ulong fromRip, ulong rip)
    {
        byte* code;
        if (((rip ^ fromRip) & PageMask) == 0)
        {
            code = from->Code + (long)(rip - fromRip);
        }
        else
        {
            var table = _state->Cpl == 3 ? TlbTable.User : ModeTracker.ImplicitTable(_state);
            var entry = TlbEntry.For(processor.Mmu.Table(table), rip);
            if (entry->ExecTag != (rip & PageMask))
            {
                return null;
            }

            code = (byte*)rip + entry->Addend;
        }

        var block = _blocks.Find(code, _state->Mode);
        return block == null || block->CrossesPage || block->IsStale ? null : block;
    }

    private ulong Wrap(ulong rip) => _state->Is64Bit ? rip : (uint)rip;
}
