using Emulator.Core.Snapshots;

namespace Emulator.Core.Cpu;

/// <summary>Saving and loading of a processor, at an instruction boundary.</summary>
public sealed unsafe partial class Processor : IStateful
{
    /// <inheritdoc/>
    public string StateName => $"cpu.{Index}";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        // The struct as it lies in memory, without what belongs to this process.
        var image = *State;
        ClearHostFields(&image);
        writer.Write(new ReadOnlySpan<byte>(&image, sizeof(CpuState)));
        writer.Write(_interruptRequest);
        writer.Write(_nmiPending);
        writer.Write(_initPending);
        writer.Write(_startupVector);
        writer.Write(NmiBlocked);
        writer.Write(ApicEnabled);
        writer.Write(Mmu.A20Mask == ulong.MaxValue);
        writer.Write(TscAdjust);
        writer.Write(_randomState);
        Msrs.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        CpuState image;
        reader.ReadBytes(new Span<byte>(&image, sizeof(CpuState)));
        TakeHostFields(&image, State);
        *State = image;
        _interruptRequest = reader.ReadBoolean();
        _nmiPending = reader.ReadBoolean();
        _initPending = reader.ReadBoolean();
        _startupVector = reader.ReadInt32();
        NmiBlocked = reader.ReadBoolean();
        ApicEnabled = reader.ReadBoolean();
        Mmu.SetA20(reader.ReadBoolean());
        TscAdjust = reader.ReadUInt64();
        _randomState = reader.ReadUInt64();
        Msrs.Load(reader);
        Mmu.FlushAll();
        ModeTracker.Update(State);
        RequestAttention(AttentionReasons.Interrupt);
    }

    private static void ClearHostFields(CpuState* image)
    {
        image->Tlb = null;
        image->JumpCache = null;
        image->JumpKey = 0;
        image->Owner = 0;
        image->Attention = 0;
        image->RetireLimit = 0;
        image->BlockRip = 0;
        new Span<byte>(image->Scratch, 64).Clear();
    }

    private static void TakeHostFields(CpuState* image, CpuState* from)
    {
        image->Tlb = from->Tlb;
        image->JumpCache = from->JumpCache;
        image->JumpKey = from->JumpKey;
        image->Owner = from->Owner;
        image->Attention = from->Attention;
        image->RetireLimit = from->RetireLimit;
    }
}
