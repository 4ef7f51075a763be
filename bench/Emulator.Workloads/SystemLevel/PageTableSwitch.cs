using System.Buffers.Binary;
using Emulator.Workloads.Machine;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.SystemLevel;

/// <summary>MOV to CR3 between two sets of page tables that differ in four pages, which are read and written in each of them.</summary>
public sealed class PageTableSwitch : Workload
{
    private const int Window = 0x100_0000;
    private const int Other = 0x110_0000;
    private const int Pages = 4;
    private const int PageSize = 0x1000;

    /// <inheritdoc/>
    public override string Name => "cr3";

    /// <inheritdoc/>
    public override string Unit => "2 switches, 4 pages used in each";

    /// <inheritdoc/>
    public override int RoundUnits => 1000;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        BareLayout.WriteIdentityMap(ram, BareLayout.SecondPml4);
        for (var page = 0; page < Pages; page++)
        {
            BareLayout.MapPage(ram, BareLayout.SecondPml4, Window + (page * PageSize), Other + (page * PageSize));
            BinaryPrimitives.WriteUInt64LittleEndian(ram[(Window + (page * PageSize) + 8)..], 3);
            BinaryPrimitives.WriteUInt64LittleEndian(ram[(Other + (page * PageSize) + 8)..], 7);
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        a.mov(ebx, Window);
        a.mov(ecx, BareLayout.Pml4);
        a.mov(edx, BareLayout.SecondPml4);
        a.xor(r8d, r8d);
        a.Label(ref pass);
        a.mov(cr3, rdx);
        EmitUse(a);
        a.mov(cr3, rcx);
        EmitUse(a);
        a.dec(rdi);
        a.jne(pass);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var sum = 0ul;
        for (var left = (ulong)units; left != 0; left--)
        {
            foreach (var factor in (ulong[])[7, 3])
            {
                for (var page = 0; page < Pages; page++)
                {
                    sum = (sum * factor) + left;
                }
            }
        }

        return sum;
    }

    private static void EmitUse(Assembler a)
    {
        for (var page = 0; page < Pages; page++)
        {
            a.mov(__qword_ptr[rbx + (page * PageSize)], rdi);
            a.imul(r8, __qword_ptr[rbx + (page * PageSize) + 8]);
            a.add(r8, __qword_ptr[rbx + (page * PageSize)]);
        }
    }
}
