using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Guests.Tests.Bios;

/// <summary>The entries of the own BIOS that protected-mode code calls: APM's, and VBE's protected-mode interface.</summary>
public sealed class ProtectedInterfaceTests
{
    private const ushort Place = 0xb000;
    private const int TablePointer = 0x700;
    private const int ReturnPointer = 0x704;
    private const int Results = 0x710;
    private const ushort Entry32 = 0x730;
    private const ushort Entry16 = 0x738;
    private const int Colours = 0x740;
    private const int DescriptorsAt = 0x200;
    private const int DescriptorLimitAt = 0x280;
    private const ushort Flat = 0x08;
    private const ushort Data = 0x10;
    private const ushort Bios32 = 0x18;
    private const ushort Bios16 = 0x20;
    private const ushort Real = 0x28;
    private const uint BiosSegment = 0xf0000;

    [Theory]
    [InlineData("interpreter")]
    [InlineData("jit,threshold=1")]
    public void Entries_CalledInProtectedMode_DoTheirWork(string engine)
    {
        var program = new BootProgram();
        program.Call("connect", 0x15, 0x5303);
        program.Asm.mov(__dword_ptr[Entry32], ebx);
        program.Put(Entry32 + 4, Bios32).Call("connect", 0x15, 0x5302);
        program.Asm.mov(__word_ptr[Entry16], bx);
        program.Put(Entry16 + 2, Bios16);
        program.Call("mode", 0x10, 0x4f02, 0x4101).Call("length", 0x10, 0x4f06, 0, 1024).Call("interface", 0x10, 0x4f0a);
        EnterProtectedMode(program.Asm);
        program
            .Dump("results", Results, 16)
            .Call("start", 0x10, 0x4f07, 1)
            .Call("window", 0x10, 0x4f05, 0x0100)
            .Call("colour", 0x10, 0x1015, 6);
        using var image = new TemporaryImage(program.Build());
        var lines = BiosRun.Own("-accel", engine, "-drive", $"if=floppy,format=raw,file={image.Path}", "-boot", "a").Split('\n');

        // The version 1.2 and no carry, then an unknown function: from 32-bit and from 16-bit code.
        Assert.Equal("results:02010000770C010002010000770C0100", lines[5]);
        Assert.StartsWith("start: 004F 0001 0008 0003 ", lines[6], StringComparison.Ordinal);
        Assert.StartsWith("window: 004F 0100 0000 0002 ", lines[7], StringComparison.Ordinal);
        Assert.StartsWith("colour: 1015 0006 1516 1400 ", lines[8], StringComparison.Ordinal);
    }

    // ES:DI is the table; the 32-bit part is copied to its place and comes back behind.
    private static void EnterProtectedMode(Assembler a)
    {
        const int FromPopToReturn = 6;
        var wide = Wide();
        var enter = a.CreateLabel();
        var here = a.CreateLabel();
        a.mov(ax, es);
        a.movzx(eax, ax);
        a.shl(eax, 4);
        a.movzx(edi, di);
        a.add(eax, edi);
        a.mov(__dword_ptr[TablePointer], eax);
        a.call(enter);
        a.db(wide);

        // Here it comes back.
        a.mov(eax, cr0);
        a.and(al, unchecked((sbyte)0xfe));
        a.mov(cr0, eax);
        a.push((short)0);
        a.call(here);
        a.Label(ref here);
        a.pop(ax);
        a.add(ax, FromPopToReturn);
        a.push(ax);
        a.retf();
        var rest = a.CreateLabel();
        a.xor(ax, ax);
        a.mov(ds, ax);
        a.mov(es, ax);
        a.mov(ss, ax);
        a.mov(sp, 0x7b00);
        a.sti();
        a.jmp(rest);
        a.Label(ref enter);
        a.pop(si);
        a.mov(ax, si);
        a.add(ax, (short)wide.Length);
        a.movzx(eax, ax);
        a.mov(__dword_ptr[ReturnPointer], eax);
        a.push((short)0);
        a.pop(es);
        a.mov(di, unchecked((short)Place));
        a.mov(cx, (short)wide.Length);
        a.cld();
        a.rep.movsb();
        a.cli();
        a.lgdt(__[Place + DescriptorLimitAt]);
        a.mov(eax, cr0);
        a.or(al, 1);
        a.mov(cr0, eax);
        a.jmp(Flat, Place);
        a.Label(ref rest);
        a.nop();
    }

    private static byte[] Wide()
    {
        var a = new Assembler(32);
        a.mov(ax, (short)Data);
        a.mov(ds, ax);
        a.mov(es, ax);
        a.mov(ss, ax);
        a.mov(esp, 0x7b00);
        Apm(a, 0x530e, Results, isWide: true);
        Apm(a, 0x5377, Results + 4, isWide: true);
        Apm(a, 0x530e, Results + 8, isWide: false);
        Apm(a, 0x5377, Results + 12, isWide: false);
        a.mov(__dword_ptr[Colours], 0x00010203);
        a.mov(__dword_ptr[Colours + 4], 0x00141516);
        Vbe(a, 0, 0, 2, 0);
        Vbe(a, 2, ((1024 * 3) + 8) / 4, 0, 0);
        Vbe(a, 4, 2, 5, Colours);
        a.push((int)Real);
        a.push(__dword_ptr[ReturnPointer]);
        a.retf();

        using var bytes = new MemoryStream();
        a.Assemble(new StreamCodeWriter(bytes), Place);
        var blob = new byte[DescriptorLimitAt + 6];
        bytes.ToArray().CopyTo(blob, 0);
        Assert.True(bytes.Length <= DescriptorsAt);
        (uint Base, uint Limit, ushort Rights)[] descriptors =
        [
            (0, 0, 0), (0, 0xfffff, 0xc09a), (0, 0xfffff, 0xc092), (BiosSegment, 0xffff, 0x409a), (BiosSegment, 0xffff, 0x009a), (0, 0xffff, 0x009a),
        ];
        for (var i = 0; i < descriptors.Length; i++)
        {
            var (start, limit, rights) = descriptors[i];
            var value = (limit & 0xffff) | ((ulong)(start & 0xffffff) << 16) | ((ulong)(rights & 0xff) << 40)
                | ((ulong)(limit >> 16) << 48) | ((ulong)(rights >> 12) << 52) | ((ulong)(start >> 24) << 56);
            BitConverter.TryWriteBytes(blob.AsSpan(DescriptorsAt + (8 * i)), value);
        }

        BitConverter.TryWriteBytes(blob.AsSpan(DescriptorLimitAt), (ushort)((8 * descriptors.Length) - 1));
        BitConverter.TryWriteBytes(blob.AsSpan(DescriptorLimitAt + 2), (uint)(Place + DescriptorsAt));
        return blob;
    }

    // The answer in AX, and the carry flag behind it. CALL FAR m16:16 makes the frame that 16-bit code returns from.
    private static void Apm(Assembler a, int function, int result, bool isWide)
    {
        a.mov(eax, function);
        a.xor(ebx, ebx);
        a.mov(ecx, 0x0102);
        if (isWide)
        {
            a.call(__fword_ptr[Entry32]);
        }
        else
        {
            a.db(0x66, 0xff, 0x1d, Entry16 & 0xff, Entry16 >> 8, 0, 0);
        }

        a.mov(__word_ptr[result], ax);
        a.setc(__byte_ptr[result + 2]);
        a.mov(__byte_ptr[result + 3], 0);
    }

    private static void Vbe(Assembler a, int entry, short first, short second, int buffer)
    {
        a.mov(esi, __dword_ptr[TablePointer]);
        a.movzx(eax, __word_ptr[esi + entry]);
        a.add(eax, esi);
        a.xor(ebx, ebx);
        a.mov(ecx, (int)first);
        a.mov(edx, (int)second);
        a.mov(edi, buffer);
        a.call(eax);
    }
}
