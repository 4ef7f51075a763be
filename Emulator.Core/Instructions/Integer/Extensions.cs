using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>Sign and zero extension: MOVZX, MOVSX, MOVSXD, CBW, CWDE, CDQE, CWD, CDQ, CQO.</summary>
public static unsafe class Extensions
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Movzx, new Row<ZeroExtension>());
        table.Add(Mnemonic.Movsx, new Row<SignExtension>());
        table.Add(Mnemonic.Movsxd, new Row<SignExtension>());
        table.Add(Mnemonic.Cbw, new HandlerRow(&Cbw));
        table.Add(Mnemonic.Cwde, new HandlerRow(&Cwde));
        table.Add(Mnemonic.Cdqe, new HandlerRow(&Cdqe));
        table.Add(Mnemonic.Cwd, new HandlerRow(&Cwd));
        table.Add(Mnemonic.Cdq, new HandlerRow(&Cdq));
        table.Add(Mnemonic.Cqo, new HandlerRow(&Cqo));
    }

    private interface IExtension
    {
        static abstract ulong Apply<T>(T value)
            where T : unmanaged, IBinaryInteger<T>;
    }

    private readonly struct ZeroExtension : IExtension
    {
        public static ulong Apply<T>(T value)
            where T : unmanaged, IBinaryInteger<T> => ulong.CreateTruncating(value);
    }

    private readonly struct SignExtension : IExtension
    {
        public static ulong Apply<T>(T value)
            where T : unmanaged, IBinaryInteger<T> => sizeof(T) switch
            {
                1 => (ulong)(sbyte)byte.CreateTruncating(value),
                2 => (ulong)(short)ushort.CreateTruncating(value),
                _ => (ulong)(int)uint.CreateTruncating(value),
            };
    }

    // Generic over the source's width; the destination's is a second type argument.
    private sealed class Row<TExtension> : InstructionRow
        where TExtension : struct, IExtension
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var source = OperandBinder.WidthOf(instruction, 1);
            return OperandBinder.WidthOf(instruction, 0) switch
            {
                2 => Form<ushort>(instruction, context, source),
                4 => Form<uint>(instruction, context, source),
                _ => Form<ulong>(instruction, context, source),
            };
        }

        private static delegate*<CpuState*, Op*, Op*> Form<TResult>(in Instruction instruction, DecodeContext context, int source)
            where TResult : unmanaged, IBinaryInteger<TResult>
            => instruction.GetOpKind(1) == OpKind.Register
                ? HandlerPicker.Width<FromRegister<TExtension, TResult>>(source)
                : HandlerPicker.WidthMemory<FromMemory<TExtension, TResult>>(source, context.Address);
    }

    private readonly struct FromRegister<TExtension, TResult> : IWidthForm
        where TExtension : struct, IExtension
        where TResult : unmanaged, IBinaryInteger<TResult>
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, TResult.CreateTruncating(TExtension.Apply(CpuState.Get<T>(s, op->Source))));
            return op + 1;
        }
    }

    private readonly struct FromMemory<TExtension, TResult> : IWidthMemoryForm
        where TExtension : struct, IExtension
        where TResult : unmanaged, IBinaryInteger<TResult>
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                || !GuestMemory.TryRead(s, op->Segment, linear, out T value))
            {
                return Exits.Faulted(s, op);
            }

            CpuState.Set(s, op->Destination, TResult.CreateTruncating(TExtension.Apply(value)));
            return op + 1;
        }
    }

    private static Op* Cbw(CpuState* s, Op* op)
    {
        *(ushort*)&s->Rax = (ushort)(sbyte)s->Rax;
        return op + 1;
    }

    private static Op* Cwde(CpuState* s, Op* op)
    {
        s->Rax = (uint)(short)s->Rax;
        return op + 1;
    }

    private static Op* Cdqe(CpuState* s, Op* op)
    {
        s->Rax = (ulong)(int)s->Rax;
        return op + 1;
    }

    private static Op* Cwd(CpuState* s, Op* op)
    {
        *(ushort*)&s->Rdx = (ushort)((short)s->Rax >> 15);
        return op + 1;
    }

    private static Op* Cdq(CpuState* s, Op* op)
    {
        s->Rdx = (uint)((int)s->Rax >> 31);
        return op + 1;
    }

    private static Op* Cqo(CpuState* s, Op* op)
    {
        s->Rdx = (ulong)((long)s->Rax >> 63);
        return op + 1;
    }
}
