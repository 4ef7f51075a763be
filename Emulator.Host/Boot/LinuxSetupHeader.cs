using static Emulator.Host.Boot.LowMemory;

namespace Emulator.Host.Boot;

/// <summary>
/// The setup header of a bzImage: Linux's Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header". Fields that the
/// image's protocol version does not have yet read as their documented defaults.
/// </summary>
internal sealed class LinuxSetupHeader
{
    /// <summary>Where the header begins, in the image and in <c>boot_params</c>.</summary>
    public const int Start = 0x1f1;

    /// <summary>The bytes of an image that are looked at to know what it is.</summary>
    public const int MinimumLength = 0x240;

    private const int BootFlag = 0x1fe;
    private const int Magic = 0x202;
    private const uint HdrS = 0x53726448;

    private readonly byte[] _image;

    private LinuxSetupHeader(byte[] image) => _image = image;

    /// <summary>The boot protocol's version, such as 0x020f.</summary>
    public ushort Version => U16(_image, 0x206);

    /// <summary>Bytes of boot sector and real-mode code before the protected-mode kernel.</summary>
    public int SetupLength => ((_image[Start] == 0 ? 4 : _image[Start]) + 1) * 512;

    /// <summary>Bytes of the protected-mode kernel as the header tells them.</summary>
    public long KernelLength => (Version >= 0x204 ? U32(_image, 0x1f4) : U16(_image, 0x1f4)) * 16L;

    /// <summary>The protected-mode kernel is made for 1 MiB and up (a bzImage, not a zImage).</summary>
    public bool IsLoadedHigh => (_image[0x211] & 1) != 0;

    /// <summary>The 32-bit entry point when loaded at the default address.</summary>
    public uint Code32Start => U32(_image, 0x214);

    /// <summary>The highest address of the initrd's last byte.</summary>
    public uint InitrdAddressMax => Version >= 0x203 ? U32(_image, 0x22c) : 0x37ff_ffff;

    /// <summary>The kernel runs where it is loaded.</summary>
    public bool IsRelocatable => Version >= 0x205 && _image[0x234] != 0;

    /// <summary>It has a 64-bit entry point 0x200 bytes into the protected-mode kernel.</summary>
    public bool Has64BitEntry => Version >= 0x20c && (U16(_image, 0x236) & 1) != 0;

    /// <summary>The longest command line, without its zero.</summary>
    public uint CommandLineMax => Version >= 0x206 ? U32(_image, 0x238) : 255;

    /// <summary>The address at which the kernel likes to run; 1 MiB before it could say so.</summary>
    public ulong PreferredAddress => Version >= 0x20a ? U64(_image, 0x258) : RamLayout.HighStart;

    /// <summary>The memory that the kernel needs from its address on before it can read the memory map; 0 if it does not say.</summary>
    public uint InitSize => Version >= 0x20a ? U32(_image, 0x260) : 0;

    /// <summary>The end of the header in the image, as its jump instruction tells.</summary>
    public int End => Math.Min(Math.Min(Magic + _image[0x201], 0x290), _image.Length);

    /// <summary>Whether the image begins as a Linux kernel of any protocol does.</summary>
    public static bool IsPresent(ReadOnlySpan<byte> image)
        => image.Length >= Magic + 4 && U16(image, BootFlag) == 0xaa55 && U32(image, Magic) == HdrS;

    /// <summary>
    /// Whether an image starts in real mode alone, with a BIOS to call: such as iPXE, which names no 32-bit entry point, and MEMDISK, whose
    /// protocol is older than kernels that say how long their command line may be, and with them may be entered in 32-bit mode.
    /// </summary>
    public static bool NeedsBios(byte[] image)
        => image.Length >= MinimumLength && IsPresent(image) && new LinuxSetupHeader(image) is var header && (header.Version < 0x206 || header.Code32Start == 0);

    /// <summary>Reads and checks the header.</summary>
    public static LinuxSetupHeader Read(BootRequest request)
    {
        var length = request.File.Length;
        const string Mend = "give the whole bzImage, such as Debian's /boot/vmlinuz-*";
        if (length < 1024 + MinimumLength)
        {
            throw new BootException(request.Subject, $"a truncated Linux image of {length} bytes", Mend);
        }

        var header = new LinuxSetupHeader(request.Head);
        if (header.Version is < 0x200 or >= 0x300)
        {
            throw new BootException(
                request.Subject, $"Linux boot protocol {header.Version >> 8}.{header.Version & 0xff:00} is not supported", "protocols 2.00 and later are");
        }

        if (!header.IsLoadedHigh)
        {
            throw new BootException(request.Subject, "a zImage, which runs below 1 MiB and needs a BIOS", "give a bzImage");
        }

        // The last paragraph and a checksum may be missing from the file.
        var expected = header.SetupLength + header.KernelLength;
        if (length + 16 < expected || length <= header.SetupLength)
        {
            throw new BootException(request.Subject, $"truncated: {length} of {expected} bytes are there", Mend);
        }

        return header;
    }
}
