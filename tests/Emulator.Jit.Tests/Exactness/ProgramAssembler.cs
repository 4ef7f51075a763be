using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>
/// Assembles random programs. Addresses of blocks stand in immediates of 32 bits, so that the program is assembled twice: to learn them, and with them.
/// </summary>
internal sealed class ProgramAssembler
{
    private const int PatchImmediate = 1;

    private readonly RandomProgram _program;
    private readonly Label[] _labels;
    private readonly Label[] _patches;
    private readonly int[] _addresses;
    private readonly int[] _patchAddresses;
    private Assembler _assembler = null!;

    private ProgramAssembler(RandomProgram program)
    {
        _program = program;
        _labels = new Label[program.Blocks.Count];
        _patches = new Label[program.Blocks.Count];
        _addresses = new int[program.Blocks.Count];
        _patchAddresses = new int[program.Blocks.Count];
    }

    private bool IsLong => _program.Bitness == 64;

    /// <summary>Assembles a program and lays it, and what it needs, into a machine; null when it is too long.</summary>
    public static byte[]? Assemble(RandomProgram program)
    {
        var assembler = new ProgramAssembler(program);
        assembler.Pass();
        var code = assembler.Pass();
        return code.Length > TestLayout.CodeSize ? null : code;
    }

    /// <summary>The addresses of the blocks of a program, and those of their places to patch.</summary>
    public static (int[] Blocks, int[] Patches) Addresses(RandomProgram program)
    {
        var assembler = new ProgramAssembler(program);
        assembler.Pass();
        return (assembler._addresses, assembler._patchAddresses);
    }

    private byte[] Pass()
    {
        _assembler = new Assembler(_program.Bitness);
        for (var i = 0; i < _labels.Length; i++)
        {
            _labels[i] = _assembler.CreateLabel();
            _patches[i] = _assembler.CreateLabel();
        }

        for (var i = 0; i < _program.Blocks.Count; i++)
        {
            EmitBlock(i);
        }

        using var stream = new MemoryStream();
        var result = _assembler.Assemble(new StreamCodeWriter(stream), TestLayout.Code, BlockEncoderOptions.ReturnNewInstructionOffsets);
        for (var i = 0; i < _labels.Length; i++)
        {
            _addresses[i] = (int)result.GetLabelRIP(_labels[i]);
            _patchAddresses[i] = (int)result.GetLabelRIP(_patches[i]);
        }

        return stream.ToArray();
    }

    private void EmitBlock(int number)
    {
        var a = _assembler;
        var block = _program.Blocks[number];
        a.Label(ref _labels[number]);
        if (number == 0)
        {
            Set(Register.RSP, TestLayout.StackTop);
            Set(Register.RBX, TestLayout.Data + 0x100);
            Set(Register.RSI, TestLayout.Data + 0x1200);
            Set(Register.RDI, TestLayout.Data + 0x2200);
        }

        // Faults of this block go on with the next one.
        StoreConstant(TestLayout.Fixup, _addresses[(number + 1) % _addresses.Length]);
        a.Label(ref _patches[number]);
        a.mov(edx, 0x1234_5678);
        foreach (var item in block.Items)
        {
            EmitItem(item);
        }

        EmitEnding(number, block);
        for (var i = 0; i < block.Gap; i += 16)
        {
            a.db(0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc);
        }
    }

    private void Set(Register register, int value)
        => _assembler.AddInstruction(Instruction.Create(Code.Mov_r32_imm32, Register.EAX + register.GetNumber(), value));

    private void StoreConstant(int address, int value)
        => _assembler.AddInstruction(IsLong
            ? Instruction.Create(Code.Mov_rm64_imm32, Absolute(address), value)
            : Instruction.Create(Code.Mov_rm32_imm32, Absolute(address), value));

    private MemoryOperand Absolute(int address) => new((ulong)address, IsLong ? 8 : 4);

    private MemoryOperand Indexed(int table) => IsLong
        ? new MemoryOperand(Register.None, Register.R15, 8, table, 8)
        : new MemoryOperand(Register.None, Register.EBP, 4, table, 4);

    private void EmitItem(ProgramItem item)
    {
        var a = _assembler;
        switch (item.Kind)
        {
            case ItemKind.Plain:
                a.AddInstruction(item.Instruction);
                break;
            case ItemKind.Repeated:
                a.mov(ecx, item.B % 40);
                a.AddInstruction(item.Instruction);
                break;
            case ItemKind.Point:
                Set(item.A switch { 0 => Register.RBX, 1 => Register.RSI, _ => Register.RDI }, DataAddress(item.B, item.C));
                break;
            case ItemKind.Index:
                Set(IsLong ? Register.R15 : Register.EBP, item.B & 7);
                break;
            case ItemKind.Push:
                a.AddInstruction(Instruction.Create(IsLong ? Code.Push_r64 : Code.Push_r32, (IsLong ? Register.RAX : Register.EAX) + (item.B & 3)));
                break;
            case ItemKind.Pop:
                a.AddInstruction(Instruction.Create(IsLong ? Code.Pop_r64 : Code.Pop_r32, (IsLong ? Register.RAX : Register.EAX) + (item.B % 3)));
                break;
            default:
                EmitSystemItem(item);
                break;
        }
    }

    // Any page of data; near its end as often as not.
    private static int DataAddress(int choice, int place)
    {
        var page = TestLayout.Data + (choice % TestLayout.DataPages * 0x1000) + ((choice & 0x100) != 0 ? TestLayout.Alias : 0);
        return page + ((place & 1) != 0 ? 0xff0 + (place >> 1 & 15) : (place >> 1) & 0xfff);
    }

    private void EmitSystemItem(ProgramItem item)
    {
        var a = _assembler;
        switch (item.Kind)
        {
            case ItemKind.Patch:
                var place = _patchAddresses[item.A % _patchAddresses.Length] + PatchImmediate + (item.B & 1) + ((item.B & 2) != 0 ? TestLayout.Alias : 0);
                a.AddInstruction((item.B & 4) != 0 ? Instruction.Create(Code.Mov_rm8_r8, Absolute(place), Register.CL) : Instruction.Create(Code.Add_rm16_imm8, Absolute(place), 1));
                break;
            case ItemKind.PatchByString:
                Set(Register.RDI, _patchAddresses[item.A % _patchAddresses.Length] + PatchImmediate);
                a.mov(ecx, 4);
                a.rep.movsb();
                break;
            case ItemKind.SwitchTables:
                a.mov(eax, (item.B & 1) != 0 ? TestLayout.Tables : TestLayout.SecondTables);
                a.AddInstruction(IsLong ? Instruction.Create(Code.Mov_cr_r64, Register.CR3, Register.RAX) : Instruction.Create(Code.Mov_cr_r32, Register.CR3, Register.EAX));
                break;
            case ItemKind.Remap:
                EmitRemap(item.A % 3 * 0x1000, (item.B & 1) != 0 ? TestLayout.Code : TestLayout.CodeCopy);
                break;
            case ItemKind.TakeLazyPage:
                foreach (var tables in (ReadOnlySpan<int>)[TestLayout.Tables, TestLayout.SecondTables])
                {
                    a.AddInstruction(Instruction.Create(Code.Mov_rm32_imm32, Absolute(TestLayout.EntryOf(_program.Bitness, tables, TestLayout.LazyPage)), 0));
                }

                a.AddInstruction(Instruction.Create(Code.Invlpg_m, Absolute(TestLayout.LazyPage)));
                break;
            case ItemKind.InterruptFlag:
                a.AddInstruction(Instruction.Create((item.B & 3) != 0 ? Code.Sti : Code.Cli));
                break;
            default:
                EmitTrap(item);
                break;
        }
    }

    private void EmitRemap(int offset, int physical)
    {
        var entry = TestLayout.EntryOf(_program.Bitness, TestLayout.Tables, TestLayout.Code + offset);
        _assembler.AddInstruction(Instruction.Create(Code.Mov_rm32_imm32, Absolute(entry), physical + offset + 3));
        _assembler.AddInstruction(Instruction.Create(Code.Invlpg_m, Absolute(TestLayout.Code + offset)));
    }

    private void EmitTrap(ProgramItem item)
    {
        var a = _assembler;
        if (item.Kind == ItemKind.Trap)
        {
            a.AddInstruction(Instruction.Create(IsLong ? Code.Pushfq : Code.Pushfd));
            a.AddInstruction(Instruction.Create(Code.Or_rm32_imm32, new MemoryOperand(IsLong ? Register.RSP : Register.ESP), 0x100));
            a.AddInstruction(Instruction.Create(IsLong ? Code.Popfq : Code.Popfd));
            return;
        }

        // Execution of a block, or a write (1) or access (3) of 4 bytes of data (SDM Vol. 3B, 17.2.4).
        var isData = (item.B & 1) != 0;
        a.mov(eax, isData ? DataAddress(0, item.C) & ~3 : _addresses[item.A % _addresses.Length]);
        a.AddInstruction(IsLong ? Instruction.Create(Code.Mov_dr_r64, Register.DR1, Register.RAX) : Instruction.Create(Code.Mov_dr_r32, Register.DR1, Register.EAX));
        a.mov(eax, isData ? 0x400 | 4 | ((item.B & 2) != 0 ? 0xd : 0xf) << 20 : 0x404);
        a.AddInstruction(IsLong ? Instruction.Create(Code.Mov_dr_r64, Register.DR7, Register.RAX) : Instruction.Create(Code.Mov_dr_r32, Register.DR7, Register.EAX));
    }

    private void EmitEnding(int number, ProgramBlock block)
    {
        var a = _assembler;
        var target = _labels[block.Target % _labels.Length];
        var next = _labels[(number + 1) % _labels.Length];
        switch (block.Ending)
        {
            case EndingKind.Jump when number == _labels.Length - 1:
                a.jmp(_labels[0]);
                return;
            case EndingKind.Jump:
                a.jmp(target);
                return;
            case EndingKind.Conditional:
                EmitConditional(block.Variant & 15, target);
                break;
            case EndingKind.Counted:
                var counter = TestLayout.LoopCounters + (4 * number);
                a.AddInstruction(Instruction.Create(Code.Dec_rm32, Absolute(counter)));
                a.AddInstruction(Instruction.Create(Code.Test_rm32_imm32, Absolute(counter), 15 >> (block.Variant & 3)));
                a.jne(target);
                break;
            case EndingKind.Loop:
                a.and(ecx, 3);
                a.loop(target);
                break;
            case EndingKind.Call:
                a.call(target);
                break;
            case EndingKind.Return:
                a.ret();
                return;
            case EndingKind.ThroughTable:
                EmitIndexMask();
                a.AddInstruction(Instruction.Create(IsLong ? Code.Jmp_rm64 : Code.Jmp_rm32, Indexed(TestLayout.JumpTable)));
                return;
            case EndingKind.CallThroughTable:
                EmitIndexMask();
                a.AddInstruction(Instruction.Create(IsLong ? Code.Call_rm64 : Code.Call_rm32, Indexed(TestLayout.JumpTable)));
                break;
            case EndingKind.ToAlias:
                a.mov(eax, _addresses[block.Target % _addresses.Length] + TestLayout.Alias);
                a.AddInstruction(Instruction.Create(IsLong ? Code.Jmp_rm64 : Code.Jmp_rm32, IsLong ? Register.RAX : Register.EAX));
                return;
        }

        if (block.Gap > 0)
        {
            a.jmp(next);
        }
    }

    private void EmitIndexMask()
    {
        if (IsLong)
        {
            _assembler.inc(r15d);
            _assembler.and(r15d, 7);
        }
        else
        {
            _assembler.inc(ebp);
            _assembler.and(ebp, 7);
        }
    }

    private void EmitConditional(int condition, Label target)
    {
        var a = _assembler;
        Action<Label>[] jumps = [a.jo, a.jno, a.jb, a.jae, a.je, a.jne, a.jbe, a.ja, a.js, a.jns, a.jp, a.jnp, a.jl, a.jge, a.jle, a.jg];
        jumps[condition](target);
    }
}
