using Emulator.Roms.Image;
using Emulator.Roms.Kernel;
using Emulator.Roms.Programs;

namespace Emulator.Roms;

/// <summary>
/// The demo guest: a small 64-bit kernel with paging, user mode and preemptive multitasking, and a prompt on the first serial port.
/// It is assembled when it is asked for; its source is the C# in this folder.
/// </summary>
public static class DemoGuest
{
    private const SegmentAccess ReadExecute = SegmentAccess.Read | SegmentAccess.Execute;
    private const SegmentAccess ReadWrite = SegmentAccess.Read | SegmentAccess.Write;

    /// <summary>Assembles the guest into a multiboot 1 kernel (a 32-bit ELF file), for <c>-kernel</c> of any PC emulator.</summary>
    public static byte[] Build()
    {
        var programs = ProgramCode.Build();
        var programText = programs.Assemble();
        var kernel = BuildKernel(programs, out var kernelText);
        var boot = Boot.Build(out var entry);
        return ElfImage.Write(entry,
        [
            Region(Layout.Boot, Layout.KernelText, boot, ReadExecute),
            Region(Layout.KernelText, Layout.KernelConstants, kernelText, ReadExecute),
            Region(Layout.KernelConstants, Layout.InterruptTable, kernel.Constants, SegmentAccess.Read),
            Region(Layout.InterruptTable, Layout.ProgramText, DescriptorTables.BuildIdt(kernel), SegmentAccess.Read),
            Region(Layout.ProgramText, Layout.ProgramConstants, programText, ReadExecute),
            Region(Layout.ProgramConstants, Layout.PageTables, programs.Constants, SegmentAccess.Read),
            Region(Layout.PageTables, Layout.Descriptors, PageTables.Build(), ReadWrite),
            Region(Layout.Descriptors, Layout.Variables, DescriptorTables.BuildDescriptors(), ReadWrite),
            Region(Layout.Variables, Layout.End, [], ReadWrite),
        ]);
    }

    /// <summary>The kernel's parts, in the order in which they stand. The table of system calls is filled when their places are known.</summary>
    private static KernelCode BuildKernel(ProgramCode programs, out byte[] text)
    {
        var code = new KernelCode();
        var entries = code.Constant(programs.BuildEntryTable());
        var calls = code.Reserve(SystemCall.Count * sizeof(ulong));
        Start.Emit(code);
        Interrupts.Emit(code);
        Scheduler.Emit(code);
        Tasks.Emit(code, entries);
        SystemCalls.Emit(code, calls);
        PageTables.Emit(code);
        PageAllocator.Emit(code);
        SerialConsole.Emit(code);
        code.Text.Emit(code);
        Power.Emit(code);
        text = code.Assemble();
        code.Fill(calls, SystemCalls.BuildTable(code));
        return code;
    }

    private static Segment Region(uint start, uint end, byte[] bytes, SegmentAccess access)
    {
        if (bytes.Length > end - start)
        {
            throw new InvalidOperationException($"The region at 0x{start:x} holds {end - start} bytes, not {bytes.Length}.");
        }

        return new Segment(start, bytes, end - start, access);
    }
}
