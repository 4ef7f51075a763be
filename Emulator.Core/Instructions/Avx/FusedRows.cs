using Iced.Intel;

namespace Emulator.Core.Instructions.Avx;

/// <summary>The rows of the fused multiply-adds (SDM Vol. 2C, VFMADD132PD to VFNMSUB231SS).</summary>
public static class FusedRows
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        AddFmadd(table);
        AddFmsub(table);
        AddFnmadd(table);
        AddFnmsub(table);
        AddAlternating(table);
    }

    private static void AddFmadd(InstructionTable table)
    {
        table.Add(Mnemonic.Vfmadd132ps, new FusedPackedRow<Order132, Fmadd, float>());
        table.Add(Mnemonic.Vfmadd132pd, new FusedPackedRow<Order132, Fmadd, double>());
        table.Add(Mnemonic.Vfmadd132ss, new FusedScalarRow<Order132, Fmadd, float>());
        table.Add(Mnemonic.Vfmadd132sd, new FusedScalarRow<Order132, Fmadd, double>());
        table.Add(Mnemonic.Vfmadd213ps, new FusedPackedRow<Order213, Fmadd, float>());
        table.Add(Mnemonic.Vfmadd213pd, new FusedPackedRow<Order213, Fmadd, double>());
        table.Add(Mnemonic.Vfmadd213ss, new FusedScalarRow<Order213, Fmadd, float>());
        table.Add(Mnemonic.Vfmadd213sd, new FusedScalarRow<Order213, Fmadd, double>());
        table.Add(Mnemonic.Vfmadd231ps, new FusedPackedRow<Order231, Fmadd, float>());
        table.Add(Mnemonic.Vfmadd231pd, new FusedPackedRow<Order231, Fmadd, double>());
        table.Add(Mnemonic.Vfmadd231ss, new FusedScalarRow<Order231, Fmadd, float>());
        table.Add(Mnemonic.Vfmadd231sd, new FusedScalarRow<Order231, Fmadd, double>());
    }

    private static void AddFmsub(InstructionTable table)
    {
        table.Add(Mnemonic.Vfmsub132ps, new FusedPackedRow<Order132, Fmsub, float>());
        table.Add(Mnemonic.Vfmsub132pd, new FusedPackedRow<Order132, Fmsub, double>());
        table.Add(Mnemonic.Vfmsub132ss, new FusedScalarRow<Order132, Fmsub, float>());
        table.Add(Mnemonic.Vfmsub132sd, new FusedScalarRow<Order132, Fmsub, double>());
        table.Add(Mnemonic.Vfmsub213ps, new FusedPackedRow<Order213, Fmsub, float>());
        table.Add(Mnemonic.Vfmsub213pd, new FusedPackedRow<Order213, Fmsub, double>());
        table.Add(Mnemonic.Vfmsub213ss, new FusedScalarRow<Order213, Fmsub, float>());
        table.Add(Mnemonic.Vfmsub213sd, new FusedScalarRow<Order213, Fmsub, double>());
        table.Add(Mnemonic.Vfmsub231ps, new FusedPackedRow<Order231, Fmsub, float>());
        table.Add(Mnemonic.Vfmsub231pd, new FusedPackedRow<Order231, Fmsub, double>());
        table.Add(Mnemonic.Vfmsub231ss, new FusedScalarRow<Order231, Fmsub, float>());
        table.Add(Mnemonic.Vfmsub231sd, new FusedScalarRow<Order231, Fmsub, double>());
    }

    private static void AddFnmadd(InstructionTable table)
    {
        table.Add(Mnemonic.Vfnmadd132ps, new FusedPackedRow<Order132, Fnmadd, float>());
        table.Add(Mnemonic.Vfnmadd132pd, new FusedPackedRow<Order132, Fnmadd, double>());
        table.Add(Mnemonic.Vfnmadd132ss, new FusedScalarRow<Order132, Fnmadd, float>());
        table.Add(Mnemonic.Vfnmadd132sd, new FusedScalarRow<Order132, Fnmadd, double>());
        table.Add(Mnemonic.Vfnmadd213ps, new FusedPackedRow<Order213, Fnmadd, float>());
        table.Add(Mnemonic.Vfnmadd213pd, new FusedPackedRow<Order213, Fnmadd, double>());
        table.Add(Mnemonic.Vfnmadd213ss, new FusedScalarRow<Order213, Fnmadd, float>());
        table.Add(Mnemonic.Vfnmadd213sd, new FusedScalarRow<Order213, Fnmadd, double>());
        table.Add(Mnemonic.Vfnmadd231ps, new FusedPackedRow<Order231, Fnmadd, float>());
        table.Add(Mnemonic.Vfnmadd231pd, new FusedPackedRow<Order231, Fnmadd, double>());
        table.Add(Mnemonic.Vfnmadd231ss, new FusedScalarRow<Order231, Fnmadd, float>());
        table.Add(Mnemonic.Vfnmadd231sd, new FusedScalarRow<Order231, Fnmadd, double>());
    }

    private static void AddFnmsub(InstructionTable table)
    {
        table.Add(Mnemonic.Vfnmsub132ps, new FusedPackedRow<Order132, Fnmsub, float>());
        table.Add(Mnemonic.Vfnmsub132pd, new FusedPackedRow<Order132, Fnmsub, double>());
        table.Add(Mnemonic.Vfnmsub132ss, new FusedScalarRow<Order132, Fnmsub, float>());
        table.Add(Mnemonic.Vfnmsub132sd, new FusedScalarRow<Order132, Fnmsub, double>());
        table.Add(Mnemonic.Vfnmsub213ps, new FusedPackedRow<Order213, Fnmsub, float>());
        table.Add(Mnemonic.Vfnmsub213pd, new FusedPackedRow<Order213, Fnmsub, double>());
        table.Add(Mnemonic.Vfnmsub213ss, new FusedScalarRow<Order213, Fnmsub, float>());
        table.Add(Mnemonic.Vfnmsub213sd, new FusedScalarRow<Order213, Fnmsub, double>());
        table.Add(Mnemonic.Vfnmsub231ps, new FusedPackedRow<Order231, Fnmsub, float>());
        table.Add(Mnemonic.Vfnmsub231pd, new FusedPackedRow<Order231, Fnmsub, double>());
        table.Add(Mnemonic.Vfnmsub231ss, new FusedScalarRow<Order231, Fnmsub, float>());
        table.Add(Mnemonic.Vfnmsub231sd, new FusedScalarRow<Order231, Fnmsub, double>());
    }

    private static void AddAlternating(InstructionTable table)
    {
        table.Add(Mnemonic.Vfmaddsub132ps, new FusedPackedRow<Order132, Fmaddsub, float>());
        table.Add(Mnemonic.Vfmaddsub132pd, new FusedPackedRow<Order132, Fmaddsub, double>());
        table.Add(Mnemonic.Vfmaddsub213ps, new FusedPackedRow<Order213, Fmaddsub, float>());
        table.Add(Mnemonic.Vfmaddsub213pd, new FusedPackedRow<Order213, Fmaddsub, double>());
        table.Add(Mnemonic.Vfmaddsub231ps, new FusedPackedRow<Order231, Fmaddsub, float>());
        table.Add(Mnemonic.Vfmaddsub231pd, new FusedPackedRow<Order231, Fmaddsub, double>());
        table.Add(Mnemonic.Vfmsubadd132ps, new FusedPackedRow<Order132, Fmsubadd, float>());
        table.Add(Mnemonic.Vfmsubadd132pd, new FusedPackedRow<Order132, Fmsubadd, double>());
        table.Add(Mnemonic.Vfmsubadd213ps, new FusedPackedRow<Order213, Fmsubadd, float>());
        table.Add(Mnemonic.Vfmsubadd213pd, new FusedPackedRow<Order213, Fmsubadd, double>());
        table.Add(Mnemonic.Vfmsubadd231ps, new FusedPackedRow<Order231, Fmsubadd, float>());
        table.Add(Mnemonic.Vfmsubadd231pd, new FusedPackedRow<Order231, Fmsubadd, double>());
    }
}
