using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Strings;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>IN, OUT, INS, OUTS: rights by IOPL and the TSS's I/O permission map (SDM Vol. 1, ch. 19).</summary>
public static unsafe class PortInstructions
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Code.In_AL_imm8, new SystemRow(&InImmediate, 1) { EndsBlock = false });
        table.Add(Code.In_AX_imm8, new SystemRow(&InImmediate, 2) { EndsBlock = false });
        table.Add(Code.In_EAX_imm8, new SystemRow(&InImmediate, 4) { EndsBlock = false });
        table.Add(Code.In_AL_DX, new SystemRow(&InDx, 1) { EndsBlock = false });
        table.Add(Code.In_AX_DX, new SystemRow(&InDx, 2) { EndsBlock = false });
        table.Add(Code.In_EAX_DX, new SystemRow(&InDx, 4) { EndsBlock = false });
        table.Add(Code.Out_imm8_AL, new SystemRow(&OutImmediate, 1));
        table.Add(Code.Out_imm8_AX, new SystemRow(&OutImmediate, 2));
        table.Add(Code.Out_imm8_EAX, new SystemRow(&OutImmediate, 4));
        table.Add(Code.Out_DX_AL, new SystemRow(&OutDx, 1));
        table.Add(Code.Out_DX_AX, new SystemRow(&OutDx, 2));
        table.Add(Code.Out_DX_EAX, new SystemRow(&OutDx, 4));
        table.Add(Code.Insb_m8_DX, new StringRow<Input>(1) { EndsBlock = true });
        table.Add(Code.Insw_m16_DX, new StringRow<Input>(2) { EndsBlock = true });
        table.Add(Code.Insd_m32_DX, new StringRow<Input>(4) { EndsBlock = true });
        table.Add(Code.Outsb_DX_m8, new StringRow<Output>(1) { EndsBlock = true });
        table.Add(Code.Outsw_DX_m16, new StringRow<Output>(2) { EndsBlock = true });
        table.Add(Code.Outsd_DX_m32, new StringRow<Output>(4) { EndsBlock = true });
    }

    private static Op* InImmediate(CpuState* s, Op* op) => In(s, op, (byte)op->Immediate);

    private static Op* InDx(CpuState* s, Op* op) => In(s, op, (ushort)s->Rdx);

    private static Op* OutImmediate(CpuState* s, Op* op) => Out(s, op, (byte)op->Immediate);

    private static Op* OutDx(CpuState* s, Op* op) => Out(s, op, (ushort)s->Rdx);

    private static Op* In(CpuState* s, Op* op, ushort port)
    {
        if (!TaskStateSegment.CheckPorts(s, port, op->OperandSize))
        {
            return Exits.Faulted(s, op);
        }

        var value = Read(s, port, op->OperandSize);
        if (op->OperandSize == 1)
        {
            CpuState.Set(s, 0, (byte)value);
        }
        else
        {
            SystemSteps.SetRegister(s, 0, op->OperandSize, value);
        }

        return op + 1;
    }

    private static Op* Out(CpuState* s, Op* op, ushort port)
    {
        if (!TaskStateSegment.CheckPorts(s, port, op->OperandSize))
        {
            return Exits.Faulted(s, op);
        }

        Write(s, port, op->OperandSize, (uint)s->Rax);
        return Exits.LeaveNext(s, op);
    }

    private static uint Read(CpuState* s, ushort port, int size)
    {
        Breakpoints.NotePort(s, port, size);
        return Processor.Of(s).Wiring.Ports.Read(port, size);
    }

    private static void Write(CpuState* s, ushort port, int size, uint value)
    {
        Breakpoints.NotePort(s, port, size);
        Processor.Of(s).Wiring.Ports.Write(port, size, value);
    }

    // The port is read only when the write of memory cannot fault any more.
    private readonly struct Input : IStringOperation
    {
        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var port = (ushort)s->Rdx;
            if (!TaskStateSegment.CheckPorts(s, port, sizeof(T))
                || !SegmentAccess.TryLinear(s, Segment.ES, StringMemory.DestinationOffset(s, op), sizeof(T), write: true, out var linear)
                || !SlowMemory.Probe(s, Segment.ES, linear, sizeof(T), write: true)
                || !GuestMemory.TryWrite(s, Segment.ES, linear, T.CreateTruncating(Read(s, port, sizeof(T)))))
            {
                return false;
            }

            StringMemory.Advance(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => 0;
    }

    private readonly struct Output : IStringOperation
    {
        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var port = (ushort)s->Rdx;
            if (!TaskStateSegment.CheckPorts(s, port, sizeof(T))
                || !StringMemory.TryRead(s, op->Segment, StringMemory.SourceOffset(s, op), out T value))
            {
                return false;
            }

            Write(s, port, sizeof(T), uint.CreateTruncating(value));
            StringMemory.Advance(s, op, &s->Rsi, 1, sizeof(T));
            return true;
        }

        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => 0;
    }
}
