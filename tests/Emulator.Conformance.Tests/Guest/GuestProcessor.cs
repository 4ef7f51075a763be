using System.Runtime.CompilerServices;
using Emulator.Conformance.Tests.Cases;
using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;

namespace Emulator.Conformance.Tests.Guest;

/// <summary>
/// The emulated side: a processor in 64-bit mode at CPL 3 under Linux's selectors, with the arena mapped at the same linear addresses as
/// on the host. Faults go through a real IDT to a handler per vector.
/// </summary>
public sealed unsafe class GuestProcessor : IDisposable
{
    private const ulong CodePhysical = 0x1_0000;
    private const ulong DataPhysical = 0x1_8000;
    private const ulong ReadOnlyPhysical = 0x1_c000;
    private const int RamSize = 1 << 20;
    private const int LandingBytes = 16;

    private readonly GuestRam _ram = new(RamSize);
    private readonly MemoryMap _memory;
    private readonly BlockCache _blocks;
    private readonly Processor _processor;
    private readonly ICpuEngine _engine;
    private readonly GuestSystem _system;
    private string? _unsupported;

    // Enough to reach the INT3 after a case, and to stop soon after.
    private const int WholeBlockLimit = 32;

    /// <summary>A processor run by the engine that <paramref name="makeEngine"/> makes.</summary>
    public GuestProcessor(CpuModel model, EngineMaker makeEngine, ulong fsBase, ulong gsBase)
    {
        _memory = new MemoryMap(_ram);
        _memory.MapRam("ram", 0, 0, RamSize);
        _blocks = new BlockCache(_memory);
        var wiring = new ProcessorWiring(_memory, new IoPortBus(), new ManualClock(), _blocks, new NoMachine(), GuestLog.Silent());
        _processor = new Processor(0, model, wiring);
        _engine = makeEngine(new BlockBuilder(new InstructionTable(), model, Note), model, _blocks);
        _system = new GuestSystem(_memory, _processor.State, fsBase, gsBase);
        _system.Tables.Map(Arena.Code, CodePhysical, Arena.CodeSize, GuestPageTables.User | GuestPageTables.Writable);
        _system.Tables.Map(Arena.Data, DataPhysical, Arena.DataSize, GuestPageTables.User | GuestPageTables.Writable | GuestPageTables.NoExecute);
        _system.Tables.Map(Arena.ReadOnly, ReadOnlyPhysical, Arena.ReadOnlySize, GuestPageTables.User | GuestPageTables.NoExecute);
        new Span<byte>(_ram.Pointer + CodePhysical, Arena.CodeSize).Fill(Arena.Landing);
        new Span<byte>(_ram.Pointer + ReadOnlyPhysical, Arena.ReadOnlySize).Fill(0x5a);
    }

    private sealed class NoMachine : IMachineControl
    {
        public void RequestReset(string cause) => throw new InvalidOperationException($"the guest reset itself: {cause}");

        public void RequestPowerOff(int exitStatus) => throw new InvalidOperationException("the guest powered itself off");
    }

    /// <summary>Whether cases run on into the INT3 that follows them.</summary>
    public bool WholeBlocks { get; set; }

    /// <summary>The bytes of <see cref="Arena.Data"/>.</summary>
    public byte* Data => _ram.Pointer + DataPhysical;

    /// <summary>Runs a case. Returns false when the instruction has no meaning yet: <paramref name="unsupported"/> says which.</summary>
    public bool TryRun(TestCase test, MachineState* result, out string? unsupported)
    {
        var s = _processor.State;
        _unsupported = null;
        Unsafe.CopyBlockUnaligned(Data, test.Data, Arena.DataSize);
        var code = stackalloc byte[TestCase.MaxCode + LandingBytes];
        Unsafe.CopyBlockUnaligned(code, test.Code, (uint)test.CodeLength);
        new Span<byte>(code + test.CodeLength, LandingBytes).Fill(Arena.Landing);
        _memory.Write(CodePhysical + (test.CodeAddress - Arena.Code), new ReadOnlySpan<byte>(code, test.CodeLength + LandingBytes));
        _system.EnterUser();
        GuestStateCopy.Load(s, test.Initial);
        s->Rip = test.CodeAddress;
        ModeTracker.Update(s);
        var count = WholeBlocks ? WholeBlockLimit : test.Instructions.Count;
        _engine.Run(_processor, s->Retired + (ulong)count, exact: true);
        unsupported = _unsupported;
        new Span<byte>(code, test.CodeLength).Fill(Arena.Landing);
        _memory.Write(CodePhysical + (test.CodeAddress - Arena.Code), new ReadOnlySpan<byte>(code, test.CodeLength));
        GuestStateCopy.Store(s, result);
        _system.DescribeFault(result, WholeBlocks);
        return unsupported is null;
    }

    // Blocks reach beyond the case into the INT3 that surround it: those do not count.
    private void Note(string message)
    {
        if (!message.StartsWith(nameof(Iced.Intel.Mnemonic.Int3), StringComparison.Ordinal))
        {
            _unsupported = message;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Dispose();
        _processor.Dispose();
        _blocks.Dispose();
        _ram.Dispose();
    }
}
