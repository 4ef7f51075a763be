using Emulator.Core.Cpu;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Host.Cli;

namespace Emulator.Host.Logging;

/// <summary>Logs what interrupts code and how its addresses are translated: <c>int</c> and <c>mmu</c>. On the machine's thread.</summary>
internal sealed unsafe class EventLog(LogOutput output)
{
    private long _deliveries;

    /// <summary>Joins what was asked for to a machine.</summary>
    public void Attach(ExecutionObservers observers, LogItems items)
    {
        if ((items & LogItems.Int) != 0)
        {
            observers.Delivering += Delivering;
        }

        if ((items & LogItems.Mmu) != 0)
        {
            observers.Filled += Filled;
            observers.Flushed += Flushed;
        }
    }

    // The fields and their order are QEMU's, as scripts know them; the name stands behind.
    private void Delivering(CpuState* s, in InterruptEvent what)
    {
        var software = what.ChecksGate || what.Source == InterruptSource.PrivilegedSoftware ? 1 : 0;
        var name = what.Source switch
        {
            InterruptSource.Exception => $"{(Vector)what.Vector}",
            InterruptSource.External => "external",
            InterruptSource.Nmi => "NMI",
            _ => "software",
        };
        output.Write(
            $"{_deliveries++,6}: v={what.Vector:x2} e={(what.HasErrorCode ? what.ErrorCode : 0):x4} i={software} cpl={s->Cpl}"
            + $" IP={s->Cs.Selector:x4}:{what.ReturnRip:x16} SP={s->Ss.Selector:x4}:{s->Rsp:x16} CR2={s->Cr2:x16} {name}\n");
    }

    private void Filled(CpuState* s, ulong linear, AccessKind kind, TlbTable table, in PageTranslation page)
    {
        var rights = page.Rights;
        output.Write(
            $"TLB {Processor.Of(s).Index}: fill {kind} 0x{linear:x} -> 0x{page.Physical:x} {Letter(rights, PageRights.Read, 'r')}{Letter(rights, PageRights.Write, 'w')}"
            + $"{Letter(rights, PageRights.Execute, 'x')} {table}{(page.Global ? " global" : "")} page {Quantity.Format(1L << page.PageShift)}\n");
    }

    private void Flushed(CpuState* s, ulong? linear, string what)
        => output.Write($"TLB {Processor.Of(s).Index}: flush {what}{(linear is { } address ? $" 0x{address:x}" : "")} (CR3 0x{s->Cr3:x})\n");

    private static char Letter(PageRights rights, PageRights right, char letter) => (rights & right) != 0 ? letter : '-';
}
