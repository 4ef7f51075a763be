namespace Emulator.Guests.Tests.Systems;

/// <summary>
/// Boards, firmware and media that real systems are started on: a few of them in every run, all of them with <c>EMULATOR_SYSTEMS=all</c> in the
/// environment.
/// </summary>
internal static class SystemMatrix
{
    /// <summary>Whether this run takes all of it.</summary>
    public static bool IsWhole { get; } = Environment.GetEnvironmentVariable("EMULATOR_SYSTEMS") == "all";

    /// <summary>The rows of every run, or those and all others.</summary>
    public static IEnumerable<TheoryDataRow<string, string, string>> Rows(
        IReadOnlyList<(string Board, string Firmware, string Medium)> always, params IReadOnlyList<(string Board, string Firmware, string Medium)> others)
        => always.Concat(IsWhole ? others : []).Select(row => new TheoryDataRow<string, string, string>(row.Board, row.Firmware, row.Medium));

    /// <summary>The options for a board with a firmware: <c>own</c>, <c>seabios</c> or <c>ovmf</c>, whose variables are kept in a folder.</summary>
    public static string[] Options(string board, string firmware, string folder) => ["-M", board, .. firmware switch
    {
        "seabios" => ["-bios", Bios.BootDisc.FileOf("seabios", "usr/share/seabios/bios-256k.bin")],
        "ovmf" => Flash(folder),
        _ => (string[])[],
    }];

    private static string[] Flash(string folder)
    {
        var variables = Path.Combine(folder, "variables.fd");
        File.Copy(Bios.BootDisc.FileOf("ovmf", "usr/share/OVMF/OVMF_VARS_4M.fd"), variables, overwrite: true);
        return
        [
            "-drive", $"if=pflash,format=raw,unit=0,readonly=on,file={Bios.BootDisc.FileOf("ovmf", "usr/share/OVMF/OVMF_CODE_4M.fd")}",
            "-drive", $"if=pflash,format=raw,unit=1,file={variables}",
        ];
    }
}
