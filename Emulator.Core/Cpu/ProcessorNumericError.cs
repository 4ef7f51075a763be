using Emulator.Core.Bus;

namespace Emulator.Core.Cpu;

/// <content>
/// FERR# and IGNNE#, by which an x87 error becomes IRQ 13 while CR0.NE is clear (SDM Vol. 1, 8.7.2 and appendix D).
/// </content>
public sealed unsafe partial class Processor
{
    private bool _numericError;

    /// <summary>Where FERR# leads; set by whoever assembles the machine.</summary>
    public InterruptLine? NumericErrorLine { get; set; }

    /// <summary>IGNNE#: the chipset asserts it when the handler of IRQ 13 writes port F0h, until FERR# falls.</summary>
    public bool IgnoreNumericError { get; set; }

    /// <summary>Asserts FERR#; true when it was not asserted before, so that the interrupt should be taken before the instruction.</summary>
    public bool AssertNumericError()
    {
        if (_numericError || IgnoreNumericError)
        {
            return false;
        }

        _numericError = true;
        NumericErrorLine?.Set(true);
        return true;
    }

    /// <summary>FERR# falls: no error is pending any more.</summary>
    public void ReleaseNumericError()
    {
        IgnoreNumericError = false;
        if (_numericError)
        {
            _numericError = false;
            NumericErrorLine?.Set(false);
        }
    }
}
