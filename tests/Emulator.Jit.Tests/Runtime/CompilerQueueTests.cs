using System.Runtime.CompilerServices;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;

namespace Emulator.Jit.Tests.Runtime;

public sealed class CompilerQueueTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // When all blocks are dropped their memory is used anew, and a compiler that still read operands there ended the program.
    [Fact]
    public void Clear_WhileAPlanIsCompiled_WaitsForItAndDropsTheOthers()
    {
        using var begun = new ManualResetEventSlim();
        var (compiling, compiled) = (false, 0);
        using (var queue = new CompilerQueue(1, () => null!, (_, _) => Compile()))
        {
            queue.Add(NewPlan());
            Assert.True(begun.Wait(Limit));
            queue.Add(NewPlan());
            queue.Clear();

            Assert.False(Volatile.Read(ref compiling));
            Assert.Equal(0, queue.Count);
        }

        Assert.Equal(1, compiled);

        void Compile()
        {
            Volatile.Write(ref compiling, true);
            begun.Set();
            Thread.Sleep(200);
            compiled++;
            Volatile.Write(ref compiling, false);
        }
    }

    private static RegionPlan NewPlan() => (RegionPlan)RuntimeHelpers.GetUninitializedObject(typeof(RegionPlan));
}
