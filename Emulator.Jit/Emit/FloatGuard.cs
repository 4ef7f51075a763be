using System.Reflection;
using System.Reflection.Emit;
using Emulator.Jit.Runtime;
using Iced.Intel;
using Label = System.Reflection.Emit.Label;

namespace Emulator.Jit.Emit;

/// <summary>
/// What MXCSR lets the host's floating point do, in a local that is computed at entry and whenever MXCSR may have changed. What it does not let it do leaves the
/// region, for the interpreter.
/// </summary>
internal sealed unsafe class FloatGuard(EmitContext context)
{
    private static readonly MethodInfo FastWaysMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.FastWays))!;

    private LocalBuilder? _ways;

    private CilWriter Cil => context.Cil;

    /// <summary>Computes the local, in a region that needs it.</summary>
    public void Begin()
    {
        _ways = Cil.Declare(typeof(int));
        Refresh();
    }

    /// <summary>Computes the local again after an instruction that loads MXCSR. What only sets its flags cannot forbid what was allowed.</summary>
    public void After(in Instruction instruction)
    {
        if (_ways is not null && instruction.Mnemonic is Mnemonic.Ldmxcsr or Mnemonic.Vldmxcsr or Mnemonic.Fxrstor or Mnemonic.Fxrstor64
            or Mnemonic.Xrstor or Mnemonic.Xrstor64 or Mnemonic.Xrstors or Mnemonic.Xrstors64)
        {
            Refresh();
        }
    }

    /// <summary>Begins the current instruction's fast way: whoever finds that it will not do branches to the label, before anything is written.</summary>
    public Label Open() => context.Exits.Before();

    /// <summary>Ends the fast way: what rounds is left to the interpreter as long as the precision flag is clear.</summary>
    public void Close(Label slow, bool isExact)
    {
        PushWay(isExact ? VectorCalls.Exact : VectorCalls.Rounding);
        Cil.Branch(OpCodes.Brfalse, slow);
    }

    /// <summary>
    /// Ends the fast way of an operation that may have rounded. Only while the precision flag is clear is it asked whether it has: out of line, by code that pushes
    /// the answer.
    /// </summary>
    public void Close(Label slow, Action pushIsUnrounded)
    {
        var check = Cil.DefineLabel();
        var done = Cil.DefineLabel();
        PushWay(VectorCalls.Rounding);
        Cil.Branch(OpCodes.Brfalse, check);
        Cil.Mark(done);
        context.OutOfLine(() =>
        {
            Cil.Mark(check);
            PushWay(VectorCalls.Unrounded);
            Cil.Branch(OpCodes.Brfalse, slow);
            pushIsUnrounded();
            Cil.Branch(OpCodes.Brtrue, done);
            Cil.Branch(OpCodes.Br, slow);
        });
    }

    private void PushWay(int way)
    {
        Cil.Load(_ways!);
        Cil.Int(way);
        Cil.Op(OpCodes.And);
    }

    private void Refresh()
    {
        Cil.State();
        Cil.Call(FastWaysMethod);
        Cil.Store(_ways!);
    }
}
