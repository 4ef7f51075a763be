namespace Emulator.Jit.Runtime;

/// <summary>What a translator has done since power-on. Written by its own threads, read by any.</summary>
public sealed class TranslationCounters
{
    /// <summary>Regions asked for.</summary>
    public long Requested;

    /// <summary>Regions compiled.</summary>
    public long Compiled;

    /// <summary>Regions put in place.</summary>
    public long Installed;

    /// <summary>Regions compiled in vain: their code changed meanwhile.</summary>
    public long Outdated;

    /// <summary>Regions dropped because their code changed.</summary>
    public long Invalidated;

    /// <summary>Times that exits taught something for which regions were dropped (<see cref="Core.Decoding.IBlockObserver.OnLearned"/>).</summary>
    public long Learned;

    /// <summary>Regions dropped to keep the code within its bound.</summary>
    public long Evicted;

    /// <summary>Regions suspended as candidates for that.</summary>
    public long Suspended;

    /// <summary>Suspended regions that were wanted again.</summary>
    public long Revived;

    /// <summary>Guest instructions in compiled regions, each as often as it was compiled.</summary>
    public long Instructions;

    /// <summary>Bytes of CIL.</summary>
    public long CilBytes;

    /// <summary>Ticks of <see cref="System.Diagnostics.Stopwatch"/> spent compiling, on all threads.</summary>
    public long CompileTicks;
}
