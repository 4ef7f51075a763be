namespace Emulator.Core.Cpu;

/// <summary>The processor's pins and what it does about them between instructions.</summary>
public sealed unsafe partial class Processor
{
    private bool _interruptRequest;
    private bool _nmiPending;
    private bool _initPending;
    private int _startupVector = -1;

    /// <summary>NMIs are blocked from the delivery of one until the next IRET (SDM Vol. 3A, 6.7.1).</summary>
    public bool NmiBlocked { get; set; }

    /// <inheritdoc/>
    public void SetInterruptRequest(bool level)
    {
        _interruptRequest = level;
        if (level)
        {
            Signal();
        }
    }

    /// <inheritdoc/>
    public void RaiseNmi()
    {
        _nmiPending = true;
        Signal();
    }

    /// <inheritdoc/>
    public void RaiseInit()
    {
        _initPending = true;
        _startupVector = -1;
        Signal();
    }

    /// <inheritdoc/>
    public void RaiseStartup(byte vector)
    {
        _startupVector = vector;
        Signal();
    }

    /// <inheritdoc/>
    public void SetApicEnabled(bool enabled) => ApicEnabled = enabled;

    /// <summary>What CPUID.1:EDX.APIC shows.</summary>
    public bool ApicEnabled { get; private set; } = true;

    /// <summary>Asks the engine to leave at the next block head. Callable on any thread.</summary>
    public void RequestAttention(AttentionReasons reasons) => Interlocked.Or(ref State->Attention, (int)reasons);

    /// <summary>Whether a halted processor has a reason to go on.</summary>
    public bool HasWork => State->Activity switch
    {
        ActivityState.Active => true,
        ActivityState.Halted => (_interruptRequest && (State->SystemFlags & Rflags.IF) != 0) || (_nmiPending && !NmiBlocked) || _initPending,
        ActivityState.Shutdown => (_nmiPending && !NmiBlocked) || _initPending,
        _ => _initPending || _startupVector >= 0,
    };

    /// <summary>
    /// Handles INIT, SIPI, NMI and INTR at an instruction boundary, in the order of SDM Vol. 3A, table 6-2. Returns whether the processor
    /// can execute instructions.
    /// </summary>
    public bool ServiceSignals()
    {
        var s = State;
        Interlocked.And(ref s->Attention, ~(int)AttentionReasons.Interrupt);
        if (_initPending)
        {
            _initPending = false;
            Init();
        }

        if (_startupVector >= 0)
        {
            var vector = _startupVector;
            _startupVector = -1;
            if (s->Activity == ActivityState.WaitForStartup)
            {
                Startup((byte)vector);
            }
        }

        if (s->Activity is ActivityState.WaitForStartup or ActivityState.Shutdown && !(_nmiPending && s->Activity == ActivityState.Shutdown))
        {
            return false;
        }

        if (s->Shadow != InterruptShadow.None)
        {
            // Both wait until the instruction in the shadow has run; the engine comes back then.
            Interlocked.Or(ref s->Attention, (int)AttentionReasons.Interrupt);
            return true;
        }

        if (_nmiPending && !NmiBlocked)
        {
            _nmiPending = false;
            NmiBlocked = true;
            s->Activity = ActivityState.Active;
            InterruptDelivery.DeliverNmi(s);
        }
        else if (_interruptRequest && (s->SystemFlags & Rflags.IF) != 0 && Apic is { } apic && apic.Acknowledge() is >= 0 and var number)
        {
            s->Activity = ActivityState.Active;
            InterruptDelivery.DeliverExternal(s, (byte)number);
        }

        return s->Activity == ActivityState.Active;
    }

    /// <summary>IF was set or a mask lifted: what waits must be looked at again.</summary>
    public void PollInterrupts()
    {
        if (_interruptRequest || _nmiPending)
        {
            Signal();
        }
    }

    /// <summary>IRET lets NMIs in again, even if it faults.</summary>
    public void UnblockNmi()
    {
        NmiBlocked = false;
        if (_nmiPending)
        {
            Signal();
        }
    }

    /// <summary>Ends the processor's turn when others wait for theirs: PAUSE, and MWAIT that does not halt.</summary>
    internal void Yield()
    {
        if (!IsAlone)
        {
            RequestAttention(AttentionReasons.Machine);
        }
    }

    private void Signal() => RequestAttention(AttentionReasons.Interrupt);

    private void ClearSignals()
    {
        _nmiPending = false;
        _initPending = false;
        NmiBlocked = false;
    }
}
