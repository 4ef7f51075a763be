using System.Runtime.InteropServices;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Host.Logging;

/// <summary>
/// Names the targets of calls in one region's machine code: the methods that its CIL names, and the interpreter's handlers. Instructions are to be shown to it in
/// their order.
/// </summary>
internal sealed unsafe class HostNames
{
    private const int MostHops = 3;
    private const int LongestJump = 6;

    private readonly Dictionary<ulong, string> _names = [];
    private readonly Dictionary<Register, ulong> _constants = [];
    private Register _justLoaded;

    /// <summary>Collects a region's names.</summary>
    public HostNames(CompiledRegion region)
    {
        foreach (var block in region.Plan.Blocks)
        {
            for (var i = 0; i < block.Count; i++)
            {
                _names.TryAdd((ulong)block.Handlers[i], $"handler of {block.Instructions[i].Mnemonic}");
            }
        }

        foreach (var method in region.Calls)
        {
            var entry = (ulong)method.MethodHandle.GetFunctionPointer();
            var arguments = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}>" : "";
            var name = $"{method.DeclaringType?.Name}.{method.Name}{arguments}";
            _names.TryAdd(entry, name);
            _names.TryAdd(Follow(entry), name);
        }
    }

    /// <summary>What an instruction calls or jumps to, if that has a name.</summary>
    public string? Note(in Instruction instruction)
    {
        var name = instruction.FlowControl is FlowControl.Call or FlowControl.IndirectCall or FlowControl.IndirectBranch ? NameOf(instruction) : null;
        _justLoaded = Register.None;
        if (instruction.Code == Code.Mov_r64_imm64)
        {
            _justLoaded = instruction.Op0Register;
            _constants[instruction.Op0Register] = instruction.Immediate64;
        }
        else if (instruction.OpCount > 0 && instruction.Op0Kind == OpKind.Register)
        {
            _constants.Remove(instruction.Op0Register.GetFullRegister());
        }

        return name;
    }

    // Memory is read only where the code itself certainly reads it: a constant from further above may be another path's.
    private string? NameOf(in Instruction instruction)
    {
        if (instruction.Op0Kind == OpKind.Register)
        {
            return _constants.TryGetValue(instruction.Op0Register, out var constant) ? _names.GetValueOrDefault(constant) : null;
        }

        ulong target;
        if (instruction.Op0Kind == OpKind.NearBranch64)
        {
            target = instruction.NearBranchTarget;
        }
        else if (instruction.IsIPRelativeMemoryOperand)
        {
            target = *(ulong*)instruction.IPRelativeMemoryAddress;
        }
        else if (instruction.MemoryBase == _justLoaded && _justLoaded != Register.None && instruction.MemoryIndex == Register.None)
        {
            target = *(ulong*)(_constants[_justLoaded] + instruction.MemoryDisplacement64);
        }
        else
        {
            return null;
        }

        return _names.GetValueOrDefault(target) ?? _names.GetValueOrDefault(Follow(target));
    }

    // Through the runtime's stubs: jumps, direct or through a cell.
    private static ulong Follow(ulong address)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return address;
        }

        for (var hop = 0; hop < MostHops; hop++)
        {
            var decoder = Decoder.Create(64, new ReadOnlySpan<byte>((void*)address, LongestJump).ToArray(), address);
            decoder.Decode(out var instruction);
            if (instruction.Code == Code.Jmp_rel32_64)
            {
                address = instruction.NearBranchTarget;
            }
            else if (instruction.Code == Code.Jmp_rm64 && instruction.IsIPRelativeMemoryOperand)
            {
                address = *(ulong*)instruction.IPRelativeMemoryAddress;
            }
            else
            {
                break;
            }
        }

        return address;
    }
}
