using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Emulator.Guests.Tests.Systems;

/// <summary>
/// The emulator is killed (SIGKILL) while Linux sets a UEFI variable again and again: the flash chip's file has the value that the guest was told to
/// be set, or the next one, and OVMF takes the file up. <c>EMULATOR_KILLS</c> says how often.
/// </summary>
[Collection(DebianCollection.Name)]
public sealed class KilledFlashTests(DebianGuests guests) : IDisposable
{
    private const string Variable = "/sys/firmware/efi/efivars/Timeout-8be4df61-93ca-11d2-aa0d-00e098032b8c";

    // A write is attributes and two bytes of data. Linux lets this variable of the specification be changed without further steps.
    private const string Writer =
        "w() { i=0; while :; do i=$((i+1)); printf \"\\\\7\\\\0\\\\0\\\\0\\\\$(printf %o $((i%256)))\\\\$(printf %o $((i/256)))\" > " + Variable + " && echo set $i.; done; }";

    // AUTHENTICATED_VARIABLE_HEADER of EDK II: StartId 55AAh, State, then sizes and GUID; name and data follow.
    private const int HeaderSize = 60;
    private const byte Added = 0x3f;
    private const byte InDeletedTransition = 0x3e;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("killed-flash-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Explicit = true)]
    public void Flash_OfAGuestKilledWhileItSetsAVariable_HasWhatWasSet()
    {
        using var storage = new StorageGuest(guests, "fs/efivarfs/efivarfs");
        var (state, atState) = (storage.PathOf("state"), storage.PathOf("variables-at-state"));
        var arguments = storage.Arguments(SystemMatrix.Options("q35", "ovmf", _folder.FullName));
        var file = Path.Combine(_folder.FullName, "variables.fd");
        using (var first = new EmulatorProcess(arguments))
        {
            first.WaitFor(" # ");
            first.Type("mount -t efivarfs efivarfs /sys/firmware/efi/efivars; " + Writer);
            first.WaitFor(" # ");
            first.Migrate(state);
        }

        File.Copy(file, atState);
        var random = new Random(1);
        for (var kill = 1; kill <= KilledGuestTests.Kills(); kill++)
        {
            File.Copy(atState, file, overwrite: true);
            using var guest = new EmulatorProcess([.. arguments, "-incoming", "file:" + state]);
            guest.Type("w");
            guest.WaitFor("set 1.\n");
            Thread.Sleep(random.Next(2000));
            var told = KilledGuestTests.LastNumber(guest.Kill(), "set ");
            Assert.InRange(ValueOf(File.ReadAllBytes(file), "Timeout"), told, told + 1);
        }

        using var after = new EmulatorProcess(arguments);
        after.WaitFor(" # ");
        after.Type("mount -t efivarfs efivarfs /sys/firmware/efi/efivars; hexdump -s 4 -e '/2 \"val\"\"ue %d.\"' " + Variable);
        after.WaitFor("value ");
        Assert.Equal(ValueOf(File.ReadAllBytes(file), "Timeout"), int.Parse(after.WaitFor("."), CultureInfo.InvariantCulture));
    }

    // The variable's newest valid value: the one that is added, or while it is being replaced, the old one.
    private static int ValueOf(byte[] flash, string name)
    {
        var wanted = Encoding.Unicode.GetBytes(name + "\0");
        var found = -1;
        for (var at = 0; (at = flash.AsSpan(at).IndexOf(wanted) is var next and >= 0 ? at + next : -1) >= 0; at += wanted.Length)
        {
            var state = at >= HeaderSize && BinaryPrimitives.ReadUInt16LittleEndian(flash.AsSpan(at - HeaderSize)) == 0x55aa ? flash[at - HeaderSize + 2] : (byte)0;
            if (state == Added || (state == InDeletedTransition && found < 0))
            {
                found = BinaryPrimitives.ReadUInt16LittleEndian(flash.AsSpan(at + wanted.Length));
            }
        }

        return found;
    }
}
