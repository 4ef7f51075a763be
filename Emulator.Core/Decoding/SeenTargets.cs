using System.Runtime.InteropServices;

namespace Emulator.Core.Decoding;

/// <summary>
/// Where an indirect branch went while it was interpreted: the last few targets that differ, as distances from <see cref="Cpu.CpuState.BlockRip"/>. Whoever
/// translates the branch may look for those first.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct SeenTargets
{
    /// <summary>The most targets that are remembered.</summary>
    public const int Capacity = 15;

    /// <summary>Room that it takes behind a block's ops, in ops.</summary>
    public const int Ops = 2;

    private ulong _noted;
    private fixed ulong _distances[Capacity];

    /// <summary>How many targets there are.</summary>
    public readonly int Count => (int)Math.Min(_noted, Capacity);

    /// <summary>A target, as a distance.</summary>
    public readonly ulong this[int index] => _distances[index];

    /// <summary>Remembers a target, in place of the oldest one when there is no room.</summary>
    public void Note(ulong distance)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_distances[i] == distance)
            {
                return;
            }
        }

        _distances[_noted++ % Capacity] = distance;
    }
}
