using System.Globalization;
using System.Text;
using Emulator.Host.Logging;
using Iced.Intel;

namespace Emulator.Host.Monitors;

/// <summary>Looking at memory and working out addresses.</summary>
internal sealed class MemoryCommands(IMonitorTarget target) : IMonitorGroup
{
    private const int LongestInstruction = 15;
    private const int BytesPerLine = 16;
    private const int LargestDump = 1 << 30;
    private const int PageSize = 4096;

    /// <summary>Reads memory at an address; false where there is none.</summary>
    private delegate bool Reader(ulong address, Span<byte> destination);

    /// <inheritdoc/>
    public IEnumerable<MonitorCommand> Commands =>
    [
        new("x", "/FMT ADDRESS", "dump memory as the processor sees it; FMT is COUNT, then x d u o c i, then b h w g", line => Dump(line, target.TryReadLinear)),
        new("xp", "/FMT ADDRESS", "dump physical memory", line => Dump(line, ReadPhysical)),
        new("print", "/FMT EXPRESSION", "work out an expression of numbers and registers ($rip)", Print) { Aliases = ["p"] },
        new("memsave", "ADDRESS SIZE FILE", "save memory as the processor sees it", line => Save(line, target.TryReadLinear)),
        new("pmemsave", "ADDRESS SIZE FILE", "save physical memory", line => Save(line, ReadPhysical)),
    ];

    private bool ReadPhysical(ulong address, Span<byte> destination)
    {
        target.ReadPhysical(address, destination);
        return true;
    }

    private string Print(MonitorLine line)
        => Expression.TryEvaluate(line.From(0), target.Register, out var value)
            ? MemoryFormat.Read(line.Format, size: 8).Show(value) + "\n"
            : $"{line.From(0)} is no expression; write numbers, $registers and + - * / % & | ^\n";

    private string Dump(MonitorLine line, Reader read)
    {
        if (!Expression.TryEvaluate(line.From(0), target.Register, out var address))
        {
            return $"{line.From(0)} is no address; write 0x...\n";
        }

        var format = MemoryFormat.Read(line.Format);
        return format.Kind == 'i' ? Disassemble(address, format.Count, read) : Dump(address, format, read);
    }

    private static string Dump(ulong address, MemoryFormat format, Reader read)
    {
        var perLine = format.Kind == 'c' ? BytesPerLine : BytesPerLine / format.Size;
        var text = new StringBuilder();
        Span<byte> unit = stackalloc byte[8];
        for (var i = 0; i < format.Count; i++)
        {
            if (i % perLine == 0)
            {
                text.Append(i == 0 ? "" : "\n").Append(CultureInfo.InvariantCulture, $"{address:x16}:");
            }

            unit.Clear();
            if (!read(address, unit[..format.Size]))
            {
                return text.Append(" Cannot access memory\n").ToString();
            }

            text.Append(' ').Append(format.Show(BitConverter.ToUInt64(unit)));
            address += (ulong)format.Size;
        }

        return text.Append('\n').ToString();
    }

    private string Disassemble(ulong address, int count, Reader read)
    {
        var text = new StringBuilder();
        var listing = new CodeListing();
        var code = new byte[LongestInstruction];
        for (var i = 0; i < count; i++)
        {
            var length = 0;
            while (length < code.Length && read(address + (ulong)length, code.AsSpan(length, 1)))
            {
                length++;
            }

            if (length == 0)
            {
                return text.Append(CultureInfo.InvariantCulture, $"0x{address:x8}:  Cannot access memory\n").ToString();
            }

            var decoder = Iced.Intel.Decoder.Create(target.CodeBits, new ByteArrayCodeReader(code, 0, length), address);
            var instruction = decoder.Decode();
            listing.Append(text, instruction, code.AsSpan(0, instruction.Length));
            address += (ulong)Math.Max(instruction.Length, 1);
        }

        return text.ToString();
    }

    private string Save(MonitorLine line, Reader read)
    {
        if (line.Words.Length != 3 || !Expression.TryEvaluate(line[0], target.Register, out var address)
            || !Expression.TryEvaluate(line[1], target.Register, out var size) || size > LargestDump)
        {
            return "write ADDRESS SIZE FILE, SIZE up to 1 GiB\n";
        }

        try
        {
            using var file = new FileStream(line[2].Trim('"'), FileMode.Create, FileAccess.Write);
            var page = new byte[PageSize];
            for (var done = 0ul; done < size;)
            {
                var part = page.AsSpan(0, (int)Math.Min(size - done, PageSize - ((address + done) % PageSize)));
                if (!read(address + done, part))
                {
                    return string.Create(CultureInfo.InvariantCulture, $"Invalid addr 0x{address + done:x16}/size {size} specified\n");
                }

                file.Write(part);
                done += (ulong)part.Length;
            }

            return "";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"{line[2]} cannot be written ({failure.Message}); give a path that can\n";
        }
    }
}
