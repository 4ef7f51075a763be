using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Jit.Verify;

/// <summary>
/// Which instructions can be run twice: all that they change is in the processor's state and RAM, and they read nothing else. Ports, clocks, random numbers,
/// control registers (whose writes change the TLB's address space), model-specific registers and task switches are not of that kind.
/// </summary>
internal static unsafe class Repeatability
{
    /// <summary>Whether all instructions of a block can be repeated.</summary>
    public static bool CanRepeat(Block* block)
    {
        var ops = Block.Ops(block);
        for (var i = 0; i < block->Count; i++)
        {
            if (!CanRepeat((Code)ops[i].Code))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether an instruction can be repeated.</summary>
    public static bool CanRepeat(Code code) => code switch
    {
        Code.Mov_cr_r32 or Code.Mov_cr_r64 or Code.Mov_dr_r32 or Code.Mov_dr_r64 => false,
        _ => !code.IsJmpFar() && !code.IsJmpFarIndirect() && !code.IsCallFar() && !code.IsCallFarIndirect() && CanRepeat(code.Mnemonic()),
    };

    private static bool CanRepeat(Mnemonic mnemonic) => mnemonic switch
    {
        Mnemonic.In or Mnemonic.Insb or Mnemonic.Insw or Mnemonic.Insd => false,
        Mnemonic.Out or Mnemonic.Outsb or Mnemonic.Outsw or Mnemonic.Outsd => false,
        Mnemonic.Rdtsc or Mnemonic.Rdtscp or Mnemonic.Rdpmc or Mnemonic.Rdrand or Mnemonic.Rdseed => false,
        Mnemonic.Rdmsr or Mnemonic.Wrmsr or Mnemonic.Xsetbv or Mnemonic.Wrpkru => false,
        Mnemonic.Lmsw or Mnemonic.Clts or Mnemonic.Ltr or Mnemonic.Invlpg or Mnemonic.Invpcid or Mnemonic.Invd or Mnemonic.Wbinvd => false,
        Mnemonic.Hlt or Mnemonic.Mwait or Mnemonic.Monitor => false,
        Mnemonic.Int or Mnemonic.Int1 or Mnemonic.Int3 or Mnemonic.Into or Mnemonic.Iret or Mnemonic.Iretd or Mnemonic.Retf => false,
        _ => true,
    };
}
