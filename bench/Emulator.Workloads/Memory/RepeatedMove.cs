using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Memory;

/// <summary>A copy by REP MOVSB.</summary>
public sealed class RepeatedMove : Workload
{
    /// <inheritdoc/>
    public override string Name => "rep movsb";

    /// <inheritdoc/>
    public override string Unit => "64 KiB";

    /// <inheritdoc/>
    public override int RoundUnits => 8000;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram) => CopiedBytes.Load(ram);

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        a.xor(r8d, r8d);
        a.Label(ref pass);
        CopiedBytes.EmitChange(a);
        a.mov(rbx, rdi);
        a.mov(esi, CopiedBytes.Source);
        a.mov(edi, CopiedBytes.Destination);
        a.mov(ecx, CopiedBytes.Length);
        a.rep.movsb();
        a.mov(rdi, rbx);
        CopiedBytes.EmitSample(a);
        a.dec(rdi);
        a.jne(pass);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units) => CopiedBytes.Reference(units);
}
