using System.Security.Cryptography;

namespace Emulator.Guests.Tests.Systems;

/// <summary>
/// An installed Debian on its disk, kept by one process of the emulator and gone on with by another, inside the disk and in a file: what ran goes
/// on, and the file system is clean at the end.
/// </summary>
public sealed class SavedProcessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("saved-process-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Explicit = true)]
    public void Debian_KeptTwiceAndGoneOnWithInOtherProcesses_LosesNothing()
    {
        var disk = DebianDisk.Make(_folder.FullName, "qcow2");
        var state = Path.Combine(_folder.FullName, "state");
        string[] arguments = [.. SystemMatrix.Options("q35", "seabios", _folder.FullName), "-m", "512", "-hda", disk];
        string sum;
        using (var first = new EmulatorProcess(arguments))
        {
            first.WaitFor("debian login: ");
            var shell = new GuestShell(first.Type, first.WaitFor);
            shell.LogIn();
            sum = shell.Ask("head -c 3000000 /dev/urandom > /root/written; sha256sum < /root/written").Split(' ')[0];

            // A writer with data that is on its way to the disk whenever the machine is kept.
            shell.Ask("(for i in $(seq 1000000); do echo $i; test $((i % 100)) != 0 || sync; done > /root/count) & disown; X=kept");
            Assert.Equal("", first.Monitor("savevm point"));
            shell.Ask("X=lost; rm /root/written");
            first.Kill();
        }

        using (var second = new EmulatorProcess([.. arguments, "-loadvm", "point"]))
        {
            var shell = new GuestShell(second.Type, second.WaitFor);
            Assert.Equal("kept", shell.Ask("echo $X"));
            Assert.StartsWith(sum, shell.Ask("sha256sum < /root/written"), StringComparison.Ordinal);
            second.Migrate(state);
        }

        using (var third = new EmulatorProcess([.. arguments, "-incoming", "file:" + state]))
        {
            var shell = new GuestShell(third.Type, third.WaitFor);
            Assert.Equal("kept", shell.Ask("echo $X"));
            Assert.Equal("in order", shell.Ask("kill $!; sleep 1; sync; seq $(wc -l < /root/count) | cmp - /root/count && echo in order"));
            third.Type("systemctl poweroff");
            Assert.Equal(0, third.WaitForEnd());
        }

        Assert.Equal(sum, Convert.ToHexStringLower(SHA256.HashData(DebianDisk.Check(_folder.FullName, disk, "qcow2", "/root/written"))));
    }
}
