using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>The tables of a <see cref="TestMachine"/> and the handlers of its exceptions.</summary>
internal static class TestTables
{
    private const int Vectors = 256;
    private const int DebugVector = 1;
    private const int BreakpointVector = 3;
    private const int OverflowVector = 4;
    private const int PageFaultVector = 14;
    private const int NumericVector = 16;
    private const int StubSize = 16;
    private const int PresentWritable = 3;
    private const long NoExecute = 1L << 63;

    /// <summary>Writes everything.</summary>
    public static void Write(TestMachine machine, int bitness)
    {
        WriteDescriptors(machine, bitness);
        WritePages(machine, bitness, TestLayout.Tables, TestLayout.Code);
        WritePages(machine, bitness, TestLayout.SecondTables, TestLayout.CodeCopy);
        for (var vector = 0; vector < Vectors; vector++)
        {
            WriteGate(machine, bitness, vector, TestLayout.Handlers + (vector * StubSize));
        }

        WriteHandlers(machine, bitness);
    }

    private static void WriteDescriptors(TestMachine machine, int bitness)
    {
        machine.Write(TestLayout.Gdt + TestLayout.CodeSelector, bitness == 64 ? 0x00af_9b00_0000_ffff : 0x00cf_9b00_0000_fffful);
        machine.Write(TestLayout.Gdt + TestLayout.DataSelector, 0x00cf_9300_0000_fffful);

        // IST1: a handler's stack is there whatever the program did to its own.
        machine.Write(TestLayout.Tss + 0x24, (ulong)TestLayout.HandlerStackTop);
    }

    private static void WriteGate(TestMachine machine, int bitness, int vector, int handler)
    {
        var low = (uint)(handler & 0xffff) | (TestLayout.CodeSelector << 16);
        var gate = TestLayout.Idt + (vector * (bitness / 4));
        machine.Write(gate, low);
        machine.Write(gate + 4, (uint)(handler & ~0xffff) | 0x8e00 | (bitness == 64 ? 1u : 0));
    }

    // 4 KiB pages. 32-bit entries without PAE, or four levels of 64-bit ones; what is no code cannot be executed there.
    private static void WritePages(TestMachine machine, int bitness, int tables, int code)
    {
        WriteUpperLevels(machine, bitness, tables);
        for (var page = 0; page < (TestLayout.RamSize + TestLayout.Alias) >> 12; page++)
        {
            var linear = page << 12;
            var physical = linear & (TestLayout.RamSize - 1);
            var isCode = physical is >= TestLayout.Code and < TestLayout.Code + TestLayout.CodeSize;
            long entry = (isCode ? physical - TestLayout.Code + code : physical) | PresentWritable;
            entry = physical switch
            {
                TestLayout.ReadOnlyPage => entry & ~2,
                TestLayout.AbsentPage or TestLayout.LazyPage => 0,
                _ => entry,
            };
            if (bitness == 64)
            {
                machine.Write(TestLayout.EntryOf(bitness, tables, linear), isCode || physical is >= TestLayout.Handlers and < TestLayout.Fixup ? entry : entry | NoExecute);
            }
            else
            {
                machine.Write(TestLayout.EntryOf(bitness, tables, linear), (uint)entry);
            }
        }
    }

    private static void WriteUpperLevels(TestMachine machine, int bitness, int tables)
    {
        if (bitness == 64)
        {
            machine.Write(tables, (ulong)(tables + 0x1000) | PresentWritable);
            machine.Write(tables + 0x1000, (ulong)(tables + 0x2000) | PresentWritable);
            machine.Write(tables + 0x2000, (ulong)(tables + 0x3000) | PresentWritable);
            machine.Write(tables + 0x2008, (ulong)(tables + 0x4000) | PresentWritable);
        }
        else
        {
            machine.Write(tables, (uint)(tables + 0x3000) | PresentWritable);
        }
    }

    // Each vector has a stub that pushes what is missing of error code and vector.
    private static void WriteHandlers(TestMachine machine, int bitness)
    {
        var common = TestLayout.Handlers + (Vectors * StubSize);
        for (var vector = 0; vector < Vectors; vector++)
        {
            var stub = new Assembler(bitness);
            if (vector is not (8 or (>= 10 and <= 14) or 17 or 21))
            {
                stub.push(0);
            }

            stub.push(vector == TestLayout.ExternalVector ? 32 : Math.Min(vector, 33));
            stub.jmp((ulong)common);
            Assemble(machine, stub, TestLayout.Handlers + (vector * StubSize));
        }

        var handler = new Assembler(bitness);
        if (bitness == 64)
        {
            EmitLong(handler);
        }
        else
        {
            EmitProtected(handler);
        }

        Assemble(machine, handler, common);
    }

    private static void Assemble(TestMachine machine, Assembler assembler, int address)
    {
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), (ulong)address);
        stream.ToArray().CopyTo(machine.Ram[address..]);
    }

    // Frame: saved RCX, RAX, vector, error code, RIP, CS, RFLAGS.
    private static void EmitLong(Assembler a)
    {
        var retry = a.CreateLabel();
        a.push(rax);
        a.push(rcx);
        a.mov(eax, __dword_ptr[rsp + 16]);
        a.inc(__dword_ptr[rax * 4 + TestLayout.Counters]);
        EmitCases(a, 64, __qword_ptr[rsp + 48], retry);
        a.mov(rax, __qword_ptr[TestLayout.Fixup]);
        a.mov(__qword_ptr[rsp + 32], rax);
        a.Label(ref retry);
        a.pop(rcx);
        a.pop(rax);
        a.lea(rsp, __[rsp + 16]);
        a.iretq();
    }

    private static void EmitProtected(Assembler a)
    {
        var retry = a.CreateLabel();
        a.push(eax);
        a.push(ecx);
        a.mov(eax, __dword_ptr[esp + 8]);
        a.inc(__dword_ptr[eax * 4 + TestLayout.Counters]);
        EmitCases(a, 32, __dword_ptr[esp + 24], retry);
        a.mov(eax, __dword_ptr[TestLayout.Fixup]);
        a.mov(__dword_ptr[esp + 16], eax);
        a.Label(ref retry);
        a.pop(ecx);
        a.pop(eax);
        a.lea(esp, __[esp + 8]);
        a.iretd();
    }

    // Falls through for a fault that is to be skipped; EAX holds the vector.
    private static void EmitCases(Assembler a, int bitness, AssemblerMemoryOperand flags, Label retry)
    {
        var notDebug = a.CreateLabel();
        var notPage = a.CreateLabel();
        var skip = a.CreateLabel();
        foreach (var vector in (ReadOnlySpan<int>)[BreakpointVector, OverflowVector, 32])
        {
            a.cmp(eax, vector);
            a.je(retry);
        }

        a.cmp(eax, DebugVector);
        a.jne(notDebug);
        EmitDebug(a, bitness, flags);
        a.jmp(retry);
        a.Label(ref notDebug);
        a.cmp(eax, PageFaultVector);
        a.jne(notPage);
        EmitReadAddress(a, bitness);
        a.cmp(ecx, TestLayout.LazyPage);
        a.jne(skip);
        foreach (var tables in (ReadOnlySpan<int>)[TestLayout.Tables, TestLayout.SecondTables])
        {
            a.mov(__dword_ptr[TestLayout.EntryOf(bitness, tables, TestLayout.LazyPage)], TestLayout.LazyPage | PresentWritable);
        }

        a.jmp(retry);
        a.Label(ref notPage);
        a.cmp(eax, NumericVector);
        a.jne(skip);
        a.fnclex();
        a.Label(ref skip);
        a.nop();
    }

    private static void EmitReadAddress(Assembler a, int bitness)
    {
        if (bitness == 64)
        {
            a.mov(rcx, cr2);
        }
        else
        {
            a.mov(ecx, cr2);
        }

        a.and(ecx, ~0xfff);
    }

    // RF, so that a breakpoint is passed; every fourth time traps are turned off for good.
    private static void EmitDebug(Assembler a, int bitness, AssemblerMemoryOperand flags)
    {
        var keep = a.CreateLabel();
        a.or(flags, 0x10000);
        a.test(__dword_ptr[TestLayout.Counters + (DebugVector * 4)], 3);
        a.jne(keep);
        a.and(flags, ~0x100);
        a.xor(eax, eax);
        if (bitness == 64)
        {
            a.mov(dr7, rax);
        }
        else
        {
            a.mov(dr7, eax);
        }

        a.Label(ref keep);
        a.nop();
    }
}
