using System.Text;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Host.Cli;
using Decoder = Iced.Intel.Decoder;

namespace Emulator.Host.Logging;

/// <summary>Logs what guest code is decoded and entered: <c>in_asm</c>, <c>exec</c> and <c>nochain</c>. On the machine's thread.</summary>
internal sealed unsafe class GuestCodeLog(LogOutput output, AddressFilter filter)
{
    private readonly CodeListing _listing = new();

    /// <summary>Joins what was asked for to a machine.</summary>
    public void Attach(ExecutionObservers observers, LogItems items)
    {
        if ((items & LogItems.InAsm) != 0)
        {
            observers.Decoded += Decoded;
        }

        if ((items & LogItems.Exec) != 0)
        {
            observers.Entering += Entering;
        }

        if ((items & LogItems.NoChain) != 0)
        {
            observers.Entering += Unchain;
        }
    }

    /// <summary>Whose code, and of which size: <c>kernel 64-bit</c>.</summary>
    public static string Describe(CpuMode mode)
        => $"{((mode & CpuMode.Real) != 0 ? "real" : (mode & CpuMode.User) != 0 ? "user" : "kernel")} {16 << (int)(mode & CpuMode.CodeSizeMask)}-bit";

    // Branches out of a block stop at the retire limit, compiled ones too.
    private static void Unchain(Processor processor, Block* block) => processor.State->RetireLimit = processor.State->Retired + block->Count;

    private void Decoded(Processor processor, Block* block)
    {
        var rip = processor.State->Rip;
        if (!filter.Holds(rip))
        {
            return;
        }

        var bytes = BytesOf(block);
        var decoder = Decoder.Create(16 << (int)(block->Mode & CpuMode.CodeSizeMask), bytes, rip, DecoderModel.Options(processor.Model));
        var text = new StringBuilder($"----------------\nIN: {Describe(block->Mode)}, {block->Count} instructions, {block->Length} bytes\n");
        var offset = 0;
        for (var i = 0; i < block->Count; i++)
        {
            decoder.Decode(out var instruction);
            _listing.Append(text, instruction, bytes.AsSpan(offset, Math.Min(instruction.Length, bytes.Length - offset)));
            offset += instruction.Length;
        }

        output.Write(text.ToString());
    }

    private void Entering(Processor processor, Block* block)
    {
        var s = processor.State;
        if (filter.Holds(s->Rip))
        {
            var isCompiled = (nint)Block.Ops(block)->Handler != (nint)block->FirstHandler && s->Exit != ExitReason.Interpret;
            output.Write($"Trace {processor.Index}: 0x{s->Rip:x8} {Describe(s->Mode)} {(isCompiled ? "compiled" : "interpreted")}\n");
        }
    }

    private static byte[] BytesOf(Block* block)
    {
        var bytes = new byte[block->Length];
        var first = block->CrossesPage
            ? GuestRam.PageSize - (int)((nint)block->Code & (GuestRam.PageSize - 1))
            : block->Length;
        new ReadOnlySpan<byte>(block->Code, first).CopyTo(bytes);
        if (block->CrossesPage)
        {
            new ReadOnlySpan<byte>(block->SecondPage, block->Length - first).CopyTo(bytes.AsSpan(first));
        }

        return bytes;
    }
}
