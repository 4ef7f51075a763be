using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Jit.Regions;

/// <summary>Decodes the bytes of a plan's blocks again, on the translator's thread: the interpreter keeps handlers only.</summary>
public sealed class RegionDecoder(CpuModel model)
{
    private readonly DecoderOptions _options = DecoderModel.Options(model);

    /// <summary>Fills in the instructions; false when the bytes do not give those that the block has.</summary>
    public bool TryDecode(RegionPlan plan)
    {
        var bitness = 16 << (int)(plan.Mode & CpuMode.CodeSizeMask);
        foreach (var block in plan.Blocks)
        {
            var decoder = Decoder.Create(bitness, block.Bytes, block.Rip, _options);
            var instructions = new Instruction[block.Count];
            for (var i = 0; i < instructions.Length; i++)
            {
                decoder.Decode(out instructions[i]);
                if (instructions[i].IsInvalid && i != instructions.Length - 1)
                {
                    return false;
                }
            }

            block.Instructions = instructions;
        }

        return true;
    }
}
