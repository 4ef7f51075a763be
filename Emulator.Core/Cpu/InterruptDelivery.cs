namespace Emulator.Core.Cpu;

/// <summary>
/// Delivery of exceptions and interrupts (SDM Vol. 3A, ch. 6): what happens when one meets another on its way. The ways themselves are
/// <see cref="InterruptGates"/> and <see cref="RealModeInterrupts"/>.
/// </summary>
public static unsafe class InterruptDelivery
{
    /// <summary>Delivers the pending fault at <see cref="CpuState.Rip"/>; escalates to #DF and to shutdown as table 6-5 says.</summary>
    public static void DeliverPending(CpuState* s) => Deliver(s, TakePending(s));

    /// <summary>Delivers an external interrupt.</summary>
    public static void DeliverExternal(CpuState* s, byte vector)
        => Deliver(s, Boundary(s, vector, InterruptSource.External));

    /// <summary>Delivers an NMI.</summary>
    public static void DeliverNmi(CpuState* s) => Deliver(s, Boundary(s, (byte)Vector.Nmi, InterruptSource.Nmi));

    /// <summary>
    /// Delivers #DB with conditions to set in DR6. A trap's saved RF is what the instruction left; so is that of an instruction breakpoint.
    /// </summary>
    public static void DeliverDebug(CpuState* s, ulong conditions)
    {
        DebugRegisters.Enter(s, conditions);
        Deliver(s, new InterruptEvent { Vector = (byte)Vector.Debug, Source = InterruptSource.Exception, ReturnRip = s->Rip });
    }

    /// <summary>
    /// INT n, INT3, INTO, INT1 at <see cref="CpuState.Rip"/>: true with the handler's RIP there, or false with a fault recorded.
    /// </summary>
    public static bool TrySoftware(CpuState* s, byte vector, InterruptSource source, ulong nextRip)
        => TryDeliver(s, new InterruptEvent { Vector = vector, Source = source, ReturnRip = nextRip });

    private static InterruptEvent Boundary(CpuState* s, byte vector, InterruptSource source) => new()
    {
        Vector = vector,
        Source = source,
        ReturnRip = s->Rip,
        SetsResume = s->Exit == ExitReason.Interrupted,
    };

    private static InterruptEvent TakePending(CpuState* s)
    {
        var vector = (byte)s->PendingVector;
        s->PendingVector = Fault.None;
        if (vector == (byte)Vector.PageFault)
        {
            s->Cr2 = s->PendingCr2;
        }

        return new InterruptEvent
        {
            Vector = vector,
            Source = InterruptSource.Exception,
            ReturnRip = s->Rip,
            HasErrorCode = s->PendingHasErrorCode != 0,
            ErrorCode = s->PendingErrorCode,
            SetsResume = vector != (byte)Vector.DoubleFault && vector != (byte)Vector.MachineCheck,
        };
    }

    private static void Deliver(CpuState* s, InterruptEvent what)
    {
        s->Shadow = InterruptShadow.None;
        while (!TryDeliver(s, what))
        {
            var second = TakePending(s);
            var first = what.Source == InterruptSource.Exception ? ClassOf(what.Vector) : FaultClass.Benign;
            if (first == FaultClass.DoubleFault && ClassOf(second.Vector) != FaultClass.Benign)
            {
                ShutDown(s, second);
                return;
            }

            what = Escalates(first, ClassOf(second.Vector)) ? DoubleFault(s) : second;
        }
    }

    private static bool TryDeliver(CpuState* s, in InterruptEvent what)
    {
        Processor.Of(s).Wiring.Observers.Delivering?.Invoke(s, what);
        if (s->IsReal)
        {
            return RealModeInterrupts.TryDeliver(s, what);
        }

        if (s->IsVirtual8086 && what.Source == InterruptSource.Software)
        {
            return RealModeInterrupts.TrySoftwareInVirtual8086(s, what);
        }

        return InterruptGates.TryDeliver(s, what);
    }

    private static InterruptEvent DoubleFault(CpuState* s) => new()
    {
        Vector = (byte)Vector.DoubleFault,
        Source = InterruptSource.Exception,
        ReturnRip = s->Rip,
        HasErrorCode = true,
    };

    private static void ShutDown(CpuState* s, in InterruptEvent last)
    {
        s->Activity = ActivityState.Shutdown;
        Processor.Of(s).Wiring.Machine.RequestReset(
            $"triple fault at {s->Cs.Selector:x4}:{s->Rip:x}, last #{(Vector)last.Vector} error {last.ErrorCode:x}, CR2 {s->Cr2:x}");
    }

    private enum FaultClass
    {
        Benign,
        Contributory,
        PageFault,
        DoubleFault,
    }

    // SDM Vol. 3A, table 6-4.
    private static FaultClass ClassOf(byte vector) => (Vector)vector switch
    {
        Vector.DivideError or Vector.InvalidTss or Vector.SegmentNotPresent or Vector.StackFault or Vector.GeneralProtection
            => FaultClass.Contributory,
        Vector.PageFault => FaultClass.PageFault,
        Vector.DoubleFault => FaultClass.DoubleFault,
        _ => FaultClass.Benign,
    };

    // SDM Vol. 3A, table 6-5.
    private static bool Escalates(FaultClass first, FaultClass second)
        => (first == FaultClass.Contributory && second == FaultClass.Contributory)
            || (first == FaultClass.PageFault && second is FaultClass.Contributory or FaultClass.PageFault);
}
