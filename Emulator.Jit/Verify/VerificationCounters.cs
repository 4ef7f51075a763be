namespace Emulator.Jit.Verify;

/// <summary>What a verifying engine has done since power-on. Machine's thread only.</summary>
public sealed class VerificationCounters
{
    /// <summary>Runs of compiled code that were compared.</summary>
    public long Checked;

    /// <summary>Instructions in them.</summary>
    public ulong Instructions;

    /// <summary>Runs that were not compared, because they touched a device or were interrupted.</summary>
    public long NotChecked;

    /// <summary>Times that compiled code was run again because a page had to be opened or a translation found.</summary>
    public long Rehearsals;

    /// <summary>One line.</summary>
    public override string ToString()
        => $"{Checked} runs of compiled code with {Instructions} instructions compared, {NotChecked} not compared, {Rehearsals} repeated";
}
