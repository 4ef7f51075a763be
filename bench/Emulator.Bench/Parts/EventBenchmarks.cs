using BenchmarkDotNet.Attributes;
using Emulator.Workloads.Machine;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Bench.Parts;

/// <summary>What leaves the fast path: nanoseconds for each event, with the few instructions around it.</summary>
public class EventBenchmarks : PartBenchmarks
{
    private const int Events = 10_000;
    private const int InvalidOpcode = 6;

    // The instruction that faults does not retire: two of the handler, and the jump back.
    private const int InstructionsOfAFault = 3;
    private const int InstructionsOfARewrite = 6;

    private GuestLoop _faults = null!;
    private GuestLoop _rewrites = null!;

    /// <summary>Builds the loops.</summary>
    [GlobalSetup]
    public void Build()
    {
        _faults = Loop(a => a.ud2(), a =>
        {
            var handler = a.CreateLabel();
            var end = a.CreateLabel();
            InterruptGate.Emit(a, InvalidOpcode, handler);
            a.jmp(end);
            a.Label(ref handler);
            a.add(__qword_ptr[rsp], 2);
            a.iretq();
            a.Label(ref end);
            a.nop();
        });

        // MOV EAX, imm32 and RET on the data's page, whose immediate is written before each call.
        _rewrites = Loop(
            a =>
            {
                a.inc(edx);
                a.mov(__dword_ptr[rbx + 1], edx);
                a.call(rbx);
            },
            a =>
            {
                a.mov(ebx, GuestLoop.Data);
                a.mov(__byte_ptr[rbx], 0xb8);
                a.mov(__byte_ptr[rbx + 5], 0xc3);
            });
    }

    /// <summary>#UD through the IDT, and IRETQ.</summary>
    [Benchmark(OperationsPerInvoke = Events)]
    public void Fault() => _faults.Run(Events * InstructionsOfAFault);

    /// <summary>A store into code, and a call of it.</summary>
    [Benchmark(OperationsPerInvoke = Events)]
    public void SelfModifyingCode() => _rewrites.Run(Events * InstructionsOfARewrite);
}
