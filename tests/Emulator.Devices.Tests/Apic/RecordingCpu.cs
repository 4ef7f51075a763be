using Emulator.Core.Cpu;

namespace Emulator.Devices.Tests.Apic;

/// <summary>A CPU that only notes what its pins do.</summary>
internal sealed class RecordingCpu : ICpuSignals
{
    public bool InterruptRequest { get; private set; }

    public bool ApicEnabled { get; private set; }

    public int Nmis { get; private set; }

    public int Inits { get; private set; }

    public int Signals { get; private set; }

    public List<byte> Startups { get; } = [];

    public void SetInterruptRequest(bool level)
    {
        InterruptRequest = level;
        Signals++;
    }

    public void RaiseNmi()
    {
        Nmis++;
        Signals++;
    }

    public void RaiseInit()
    {
        Inits++;
        Signals++;
    }

    public void RaiseStartup(byte vector)
    {
        Startups.Add(vector);
        Signals++;
    }

    public void SetApicEnabled(bool enabled)
    {
        ApicEnabled = enabled;
        Signals++;
    }
}
