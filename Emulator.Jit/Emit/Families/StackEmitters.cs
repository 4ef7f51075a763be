using System.Reflection.Emit;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>PUSH, POP and LEAVE on flat stacks.</summary>
internal static class StackEmitters
{
    private const int Rsp = 4;
    private const int Rbp = 5;

    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Push, Push);
        table.Add(Mnemonic.Pop, Pop);
        table.Add(Mnemonic.Leave, Leave);
    }

    /// <summary>Pushes a local onto the guest's stack.</summary>
    public static void PushValue(EmitContext c, LocalBuilder value, int width)
    {
        var address = c.Memory.OpenStack(Rsp, -width, width, writes: true);
        c.Memory.Store(address, value, width);
        c.Memory.Close(address);
        Release(c, -width);
    }

    /// <summary>Reads the top of the guest's stack into a local; the stack pointer stays.</summary>
    public static void Peek(EmitContext c, LocalBuilder value, int width) => Read(c, Rsp, value, width);

    /// <summary>Releases bytes of the guest's stack.</summary>
    public static void Release(EmitContext c, int bytes)
    {
        c.Cil.Load(c.Registers[Rsp]);
        c.Cil.Long(bytes);
        c.Cil.Op(OpCodes.Add);
        Wrap(c);
        c.Cil.Store(c.Registers[Rsp]);
    }

    private static void Read(EmitContext c, int register, LocalBuilder value, int width)
    {
        var address = c.Memory.OpenStack(register, 0, width, writes: false);
        c.Memory.Load(address, width);
        c.Cil.Store(value);
        c.Memory.Close(address);
    }

    private static void Wrap(EmitContext c)
    {
        if (!c.Is64Bit)
        {
            c.Cil.Op(OpCodes.Conv_U4);
            c.Cil.Op(OpCodes.Conv_U8);
        }
    }

    private static bool Push(EmitContext c, in Instruction instruction)
    {
        var width = -instruction.StackPointerIncrement;
        var isRegister = instruction.Op0Kind == OpKind.Register;
        if (c.FlatStackWidth == 0 || width < 4 || (isRegister && !instruction.Op0Register.IsGPR()) || instruction.Op0Kind == OpKind.Memory)
        {
            return false;
        }

        var value = c.Rent(width);
        c.PushOperand(instruction, 0, width);
        c.Cil.Store(value);
        PushValue(c, value, width);
        c.Cil.Return(value);
        return true;
    }

    private static bool Pop(EmitContext c, in Instruction instruction)
    {
        var width = instruction.StackPointerIncrement;
        if (c.FlatStackWidth == 0 || width < 4 || instruction.Op0Kind != OpKind.Register || !instruction.Op0Register.IsGPR())
        {
            return false;
        }

        var value = c.Rent(width);
        Peek(c, value, width);
        Release(c, width);
        c.Cil.Load(value);
        c.Registers.Write(instruction.Op0Register);
        c.Cil.Return(value);
        return true;
    }

    private static bool Leave(EmitContext c, in Instruction instruction)
    {
        var width = instruction.Code switch { Code.Leaveq => 8, Code.Leaved => 4, _ => 2 };
        if (c.FlatStackWidth != width)
        {
            return false;
        }

        var value = c.Rent(width);
        Read(c, Rbp, value, width);
        c.Cil.Load(c.Registers[Rbp]);
        c.Cil.Long(width);
        c.Cil.Op(OpCodes.Add);
        Wrap(c);
        c.Cil.Store(c.Registers[Rsp]);
        c.Cil.Load(value);
        c.Registers.Write(width == 8 ? Register.RBP : Register.EBP);
        c.Cil.Return(value);
        return true;
    }
}
