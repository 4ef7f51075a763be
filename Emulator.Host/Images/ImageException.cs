using Emulator.Devices.Storage;
using Emulator.Host.Cli;

namespace Emulator.Host.Images;

/// <summary>
/// A disk image that cannot be used, read or written: one line that names the file, what is wrong, and the mend. Whatever stands in
/// a file and whatever the host answers, an image throws nothing else.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="problem">What is wrong.</param>
/// <param name="mend">What to do.</param>
/// <param name="status">What a guest is told when it asked for this.</param>
public sealed class ImageException(string path, string problem, string mend, BlockStatus status = BlockStatus.IoError)
    : UserErrorException(path, problem, mend)
{
    /// <summary>What a guest is told.</summary>
    public BlockStatus Status { get; } = status;
}
