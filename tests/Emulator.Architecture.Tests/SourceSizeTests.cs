namespace Emulator.Architecture.Tests;

/// <summary>A file is one idea and stays readable.</summary>
public sealed class SourceSizeTests
{
    private const int LongestFile = 800;

    /// <summary>Pure tables, which may be longer. The list holds no file that does not need it.</summary>
    private static string[] Tables => [];

    [Fact]
    public void SourceFile_ThatIsNoTable_IsNotTooLong()
        => Findings.AreNone(LongFiles().Except(Tables));

    [Fact]
    public void TableList_EachOfItsFiles_NeedsTheException()
        => Findings.AreNone(Tables.Except(LongFiles()));

    private static string[] LongFiles()
        => [.. Product.Sources().Where(path => File.ReadLines(Path.Combine(Product.Root, path)).Count() > LongestFile)];
}
