using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Conformance.Tests.Native;

/// <summary>
/// Assembles, at run time, the code that surrounds the instructions under test: <see cref="Entry"/> loads a state and jumps to them,
/// <see cref="Exit"/> stores the state and returns to C#, <see cref="SignalHandler"/> turns a fault into a result.
/// </summary>
internal sealed unsafe class StubAssembler
{
    // struct ucontext_t of Linux on x86-64: uc_mcontext.gregs starts at 40 (REG_R8 is 0).
    private const int ContextRip = 40 + (16 * 8);
    private const int ContextFlags = 40 + (17 * 8);
    private const int ContextError = 40 + (19 * 8);
    private const int ContextVector = 40 + (20 * 8);
    private const int ContextCr2 = 40 + (22 * 8);
    private const ulong CleanFlags = 0x202;

    private static readonly AssemblerRegister64[] Gprs =
        [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static readonly AssemblerRegister64[] Preserved = [rbx, rbp, r12, r13, r14, r15];

    private readonly uint _components;
    private ulong _next = Arena.Stub;

    /// <summary>Assembles the stubs into <see cref="Arena.Stub"/>, which must be mapped.</summary>
    /// <param name="components">The XSAVE components to load and store (x87, SSE, and AVX where the host has it).</param>
    public StubAssembler(uint components)
    {
        _components = components;
        Entry = Place(WriteEntry);
        Exit = Place(WriteExit);
        SignalHandler = Place(WriteSignalHandler);
    }

    /// <summary>Callable from C#: runs what <see cref="StubState.Target"/> points to.</summary>
    public ulong Entry { get; }

    /// <summary>Where the instructions under test jump when they are done.</summary>
    public ulong Exit { get; }

    /// <summary>A sigaction handler.</summary>
    public ulong SignalHandler { get; }

    private ulong Place(Action<Assembler> write)
    {
        var address = _next;
        var assembler = new Assembler(64);
        write(assembler);
        using var bytes = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(bytes), address);
        bytes.ToArray().CopyTo(new Span<byte>((void*)address, (int)bytes.Length));
        _next = (address + (ulong)bytes.Length + 63) & ~63ul;
        return address;
    }

    private void WriteEntry(Assembler c)
    {
        foreach (var register in Preserved)
        {
            c.push(register);
        }

        c.stmxcsr(__dword_ptr[StubState.HostMxcsr]);
        c.fnstcw(__word_ptr[StubState.HostControlWord]);
        c.mov(__qword_ptr[StubState.HostRsp], rsp);
        c.mov(eax, _components);
        c.xor(edx, edx);
        c.xrstor64(__[StubState.ExtendedIn]);
        c.push(__qword_ptr[StubState.FlagsIn]);
        c.popfq();
        for (var i = 0; i < 16; i++)
        {
            c.mov(Gprs[i], __qword_ptr[StubState.GprIn + (ulong)(i * 8)]);
        }

        c.jmp(__qword_ptr[StubState.Target]);
    }

    private void WriteExit(Assembler c)
    {
        for (var i = 0; i < 16; i++)
        {
            c.mov(__qword_ptr[StubState.GprOut + (ulong)(i * 8)], Gprs[i]);
        }

        c.mov(rsp, __qword_ptr[StubState.HostRsp]);
        c.pushfq();
        c.pop(__qword_ptr[StubState.FlagsOut]);
        c.push((int)CleanFlags);
        c.popfq();
        c.mov(eax, _components);
        c.xor(edx, edx);
        c.xsave64(__[StubState.ExtendedOut]);
        c.fninit();
        c.fldcw(__word_ptr[StubState.HostControlWord]);
        c.ldmxcsr(__dword_ptr[StubState.HostMxcsr]);
        if ((_components & 4) != 0)
        {
            c.vzeroupper();
        }

        for (var i = Preserved.Length - 1; i >= 0; i--)
        {
            c.pop(Preserved[i]);
        }

        c.ret();
    }

    // A fault at an address outside the arena is .NET's: its handler gets it as if we were not here.
    private void WriteSignalHandler(Assembler c)
    {
        var other = c.CreateLabel();
        c.mov(rax, __qword_ptr[rdx + ContextRip]);
        c.sub(rax, (int)Arena.Start);
        c.cmp(rax, (int)(Arena.End - Arena.Start));
        c.jae(other);
        Record(c, ContextRip, StubState.FaultRip);
        Record(c, ContextFlags, StubState.FaultFlags);
        Record(c, ContextError, StubState.FaultError);
        Record(c, ContextVector, StubState.FaultVector);
        Record(c, ContextCr2, StubState.FaultCr2);
        c.mov(eax, 1);
        c.mov(__qword_ptr[StubState.FaultSeen], rax);
        c.mov(eax, (uint)Exit);
        c.mov(__qword_ptr[rdx + ContextRip], rax);
        c.mov(eax, (uint)CleanFlags);
        c.mov(__qword_ptr[rdx + ContextFlags], rax);
        c.ret();
        c.Label(ref other);
        c.jmp(__qword_ptr[(rdi * 8) + (long)StubState.OldHandlers]);
    }

    private static void Record(Assembler c, int from, ulong to)
    {
        c.mov(rax, __qword_ptr[rdx + from]);
        c.mov(__qword_ptr[to], rax);
    }
}
