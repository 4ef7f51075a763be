using static Emulator.Host.Cli.OptionSupport;

namespace Emulator.Host.Cli;

/// <summary>Every option of QEMU's system emulator that is known here, each declared once.</summary>
public static class OptionTable
{
    private const string Later = "leave it out: this version does not support it yet";
    private const string NoDisks = "use -drive file=FILE, with format=raw or format=qcow2";
    private const string NoNetwork = "this version has no network yet: leave it out or use -nic none";
    private const string NoDisplay = "use -display web or -vnc :0";

    /// <summary>The options, in the order in which help shows them.</summary>
    public static IReadOnlyList<OptionDeclaration> All { get; } =
    [
        new("machine", "TYPE[,acpi=on|off][,hpet=on|off][,accel=ENGINE]", "the machine: pc or q35; 'help' lists them") { Aliases = ["M"] },
        new("m", "[size=]SIZE", "RAM, in MiB or with a suffix K, M, G, T (default 128M)"),
        new("smp", "[cpus=]N[,sockets=N][,cores=N][,threads=N]", "number of processors and their topology (default 1)"),
        new("cpu", "MODEL[,+FEATURE][,-FEATURE][,FEATURE=on|off]", "the processor's model (default max); 'help' lists them"),
        new("accel", "interpreter|jit[,strategy=NAME][,threshold=N][,threads=N][,tb-size=N][,verify=on]", "the execution engine; 'help' lists engines, strategies and options"),
        new("kernel", "FILE", "boot a Linux bzImage, a PVH ELF or a Multiboot kernel"),
        new("initrd", "FILE", "initial RAM disk; with Multiboot: \"FILE ARGS,FILE2 ARGS\" as modules"),
        new("append", "TEXT", "the kernel's command line"),
        new("bios", "FILE", "a firmware ROM, mapped below 4 GiB, its end below 1 MiB; starts at the reset vector"),
        new("drive", "file=FILE[,if=ide|floppy|pflash|none][,media=disk|cdrom][,index=N|,bus=N,unit=N][,format=raw|qcow2][,readonly=on|off]"
            + "[,snapshot=on|off][,id=ID][,cache=MODE][,discard=ignore|unmap][,file.locking=auto|on|off][,rerror=ACTION][,werror=ACTION]",
            "a disk, CD-ROM, floppy or flash; MODE is writeback (default), writethrough, none, directsync or unsafe; ACTION is report (default), ignore, stop or enospc"),
        new("hda", "FILE", "the first IDE disk: raw or qcow2"),
        new("hdb", "FILE", "the second IDE disk"),
        new("hdc", "FILE", "the third IDE disk"),
        new("hdd", "FILE", "the fourth IDE disk"),
        new("cdrom", "FILE", "a CD-ROM image, in the third IDE drive"),
        new("fda", "FILE", "the first floppy disk"),
        new("fdb", "FILE", "the second floppy disk"),
        new("pflash", "FILE", "firmware flash"),
        new("snapshot", null, "what is written to disks is dropped at the end"),
        new("boot", "[order=]LETTERS[,once=LETTERS][,menu=on|off][,strict=on|off][,splash-time=MS][,reboot-timeout=MS]",
            "what firmware boots from: a, b floppy, c disk, d CD-ROM, n network"),

        new("option-rom", "FILE", "an option ROM for the firmware to run"),
        new("smbios", "type=N,FIELD=VALUE...|file=FILE", "what SMBIOS says: types 0 to 4 and 17, or a whole structure"),
        new("uuid", "UUID", "the system's UUID"),
        new("nographic", null, "no display; the first serial port and the monitor share the terminal (Ctrl-A h for help)"),
        new("display", "web[,addr=ADDRESS][,port=N][,token=TOKEN]|vnc=...|none", "the screen in a browser (default where no terminal is attached), by VNC, or nowhere"),
        new("vnc", "[ADDRESS]:N|unix:PATH|none[,password=on][,password-secret=ID][,share=...][,to=N]",
            "VNC server on port 5900+N; without ADDRESS on this machine alone, and beyond it with a password only"),
        new("qmp", "TARGET", "where QMP, the monitor of programs, listens: the targets of -serial"),
        new("qmp-pretty", "TARGET", "the same with indented answers"),
        new("object", "secret,id=ID,data=TEXT|file=FILE", "a password for password-secret=ID"),
        new("serial", "TARGET", "join the next serial port to: stdio, mon:stdio, file:PATH, tcp:HOST:PORT[,server][,nowait], "
            + "unix:PATH[,server][,nowait], pty, null, none, chardev:ID"),
        new("monitor", "TARGET", "where the monitor listens: the targets of -serial"),
        new("chardev", "KIND,id=ID[,...]", "a named channel: null, stdio[,mux=on], file,path=, socket,host=,port=|path=[,server=on][,wait=off], pty"),
        new("device", "DRIVER[,PROPERTY=VALUE...]", "add a device; 'help' lists them, 'DRIVER,help' its properties"),
        new("global", "DRIVER.PROPERTY=VALUE", "set a property of every device of a kind"),
        new("fw_cfg", "[name=]NAME,file=FILE|string=TEXT", "hand a file or a text to the guest's fw_cfg device"),
        new("rtc", "[base=utc|localtime|DATE][,clock=host|vm]", "what the real-time clock shows at power-on (default utc)"),
        new("name", "NAME", "the guest's name"),
        new("no-reboot", null, "a guest's reset ends the process with status 0"),
        new("no-shutdown", null, "a guest's power-off stops the machine and keeps the process"),
        new("S", null, "start stopped: the monitor's 'cont' starts the guest"),
        new("loadvm", "NAME", "start as the snapshot NAME inside the qcow2 disks (monitor: savevm)"),
        new("incoming", "file:PATH", "start as the machine whose state is in a file (monitor: migrate file:PATH)"),
        new("no-acpi", null, "the same as -machine acpi=off"),
        new("no-hpet", null, "the same as -machine hpet=off"),
        new("nodefaults", null, "no serial port and no monitor but those asked for"),
        new("d", "ITEM[,...]", "log guest code, translation, execution, interrupts, TLB or counters; 'help' lists the items"),
        new("dfilter", "RANGE[,...]", "log code of these guest addresses alone: START..END, START+LENGTH or START-LENGTH"),
        new("D", "FILE", "write the log to a file (default stderr); %d is the process's id"),
        new("pidfile", "FILE", "write the process's id to a file"),
        new("help", null, "this text") { Aliases = ["h", "?"] },
        new("version", null, "the version"),

        new("nic", "none", "network card", SatisfiedOnly, NoNetwork) { Satisfied = ["none"] },
        new("net", "none", "network card (old spelling)", SatisfiedOnly, NoNetwork) { Satisfied = ["none"] },
        new("vga", "std|none", "the display adapter (default std)"),
        new("parallel", "none", "parallel port", SatisfiedOnly, "the machine has no parallel port: use -parallel none") { Satisfied = ["none", "null"] },
        new("no-user-config", null, "no configuration files are read", SatisfiedOnly),
        new("blockdev", "...", "disk back end", Refused, NoDisks),
        new("sd", "FILE", "SD card", Refused, NoDisks),
        new("mtdblock", "FILE", "flash chip", Refused, NoDisks),
        new("netdev", "...", "network back end", Refused, NoNetwork),
        new("spice", "...", "SPICE server", Refused, NoDisplay),
        new("curses", null, "text display", Refused, NoDisplay),
        new("full-screen", null, "full-screen display", Refused, NoDisplay),
        new("audio", "...", "sound", Refused, Later),
        new("audiodev", "...", "sound back end", Refused, Later),
        new("soundhw", "...", "sound card", Refused, Later),
        new("usb", null, "USB", Refused, Later),
        new("usbdevice", "...", "USB device", Refused, Later),
        new("k", "LAYOUT", "keyboard layout", Refused, NoDisplay),
        new("s", null, "gdb server on port 1234", Refused, "this version has no gdb server yet: use -S and the monitor"),
        new("gdb", "...", "gdb server", Refused, "this version has no gdb server yet: use -S and the monitor"),
        new("mon", "...", "monitor on a chardev", Refused, "use -monitor chardev:ID"),
        new("trace", "...", "tracing", Refused, Later),
        new("icount", "...", "deterministic time", Refused, Later),
        new("acpitable", "...", "extra ACPI table", Refused, Later),
        new("numa", "...", "NUMA nodes", Refused, Later),
        new("watchdog", "...", "watchdog", Refused, Later),
        new("watchdog-action", "...", "watchdog's action", Refused, Later),
        new("action", "...", "what events do", Refused, "use -no-reboot and -no-shutdown"),
        new("enable-kvm", null, "hardware virtualisation", Refused, "this emulator needs none: use -accel jit or -accel interpreter"),
        new("no-kvm", null, "no hardware virtualisation", SatisfiedOnly),
        new("daemonize", null, "run in the background", Refused, "use the shell's & or setsid"),
        new("runas", "USER", "drop privileges", Refused, "start it as that user"),
        new("chroot", "DIR", "change root", Refused, "use chroot(8)"),
        new("sandbox", "...", "system call filter", Refused, Later),
        new("readconfig", "FILE", "read options from a file", Refused, "write the options on the command line"),
        new("writeconfig", "FILE", "write options to a file", Refused, "keep the command line in a script"),
        new("L", "DIR", "data directory", Refused, "give full paths: this emulator has no data directory"),
        new("dtb", "FILE", "device tree", Refused, "a PC has no device tree: leave it out"),
        new("add-fd", "...", "file descriptor", Refused, "give a path"),
        new("mem-path", "PATH", "RAM from a file", Refused, "leave it out: RAM is anonymous memory of the host"),
        new("mem-prealloc", null, "touch all RAM at once", Refused, "leave it out: RAM is taken as the guest touches it"),
        new("overcommit", "...", "host memory policy", Refused, Later),
        new("msg", "...", "format of messages", Refused, Later),
        new("echr", "CHAR", "the escape key", Refused, "the escape key is Ctrl-A; Ctrl-A a sends it"),
        new("semihosting", null, "semihosting", Refused, "a PC has none: leave it out"),
        new("preconfig", null, "configure by QMP", Refused, Later),
        new("only-migratable", null, "migratable devices alone", Refused, Later),
        new("tb-size", "N", "translation cache", Refused, "use -accel jit,tb-size=N"),
        new("singlestep", null, "one instruction a block", Refused, "use -accel interpreter"),
        new("tpmdev", "...", "TPM", Refused, Later),
        new("fsdev", "...", "shared folder", Refused, Later),
        new("virtfs", "...", "shared folder", Refused, Later),
        new("iscsi", "...", "iSCSI", Refused, NoDisks),
        new("set", "...", "set a property", Refused, "use -device DRIVER,PROPERTY=VALUE"),
        new("win2k-hack", null, "Windows 2000 workaround", Refused, Later),
        new("no-fd-bootchk", null, "boot sector check", Refused, Later),
        new("rotate", "DEG", "display rotation", Refused, NoDisplay),
        new("seed", "NUMBER", "random seed", Refused, Later),
        new("perfmap", null, "profiler map", Refused, "set DOTNET_PerfMapEnabled=1 in the environment"),
        new("plugin", "...", "TCG plugin", Refused, Later),
    ];

    /// <summary>The declaration of an option, by name or alias; null when there is none.</summary>
    public static OptionDeclaration? Find(string name)
    {
        foreach (var option in All)
        {
            if (option.IsSpelled(name))
            {
                return option;
            }
        }

        return null;
    }
}
