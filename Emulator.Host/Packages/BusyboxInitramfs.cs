using System.IO.Compression;
using System.Text;

namespace Emulator.Host.Packages;

/// <summary>An initramfs with busybox alone, whose init ends in a shell with job control on the first serial port.</summary>
public static class BusyboxInitramfs
{
    /// <summary>The init script. The shell's end powers the machine off, since a kernel without init panics.</summary>
    public const string DefaultInit =
        """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin HOME=/root TERM=${TERM:-vt100} PS1='\w # '
        mount -t proc proc /proc
        mount -t sysfs sys /sys
        mount -t devtmpfs dev /dev 2>/dev/null
        mkdir -p /dev/pts /tmp
        mount -t devpts devpts /dev/pts
        echo 4 > /proc/sys/kernel/printk
        cd /root
        echo
        echo "Linux $(uname -r) on $(uname -m), $(nproc) processor(s), $(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo) MiB."
        echo "A busybox shell; 'poweroff -f' (or the shell's exit) ends the machine."
        setsid cttyhack sh
        poweroff -f

        """;

    /// <summary>Builds the archive, gzip-compressed.</summary>
    /// <param name="busybox">A static busybox.</param>
    /// <param name="init">The init script.</param>
    /// <param name="files">Further files: path, content, permissions.</param>
    public static byte[] Build(byte[] busybox, string init = DefaultInit, params IEnumerable<(string Path, byte[] Content, int Permissions)> files)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            var cpio = new CpioWriter(gzip);
            foreach (var folder in (string[])["bin", "dev", "proc", "sys", "tmp", "root", "etc"])
            {
                cpio.AddDirectory(folder);
            }

            cpio.AddCharacterDevice("dev/console", 5, 1);
            cpio.AddFile("bin/busybox", busybox, Executable);
            cpio.AddLink("bin/sh", "busybox");
            var script = init.ReplaceLineEndings("\n");
            cpio.AddFile("init", Encoding.UTF8.GetBytes(script), Executable);
            foreach (var (path, content, permissions) in files)
            {
                cpio.AddFile(path, content, permissions);
            }

            cpio.Finish();
        }

        return buffer.ToArray();
    }

    /// <summary>rwxr-xr-x.</summary>
    public const int Executable = 0x1ed;
}
