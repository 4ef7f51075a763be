using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Emulator.Conformance.Tests.Native;

/// <summary>
/// While it lives, faults of the instructions under test end at the stub's exit instead of ending the process. Belongs to the thread that
/// made it: there, every asynchronous signal is held off, because the stack pointer is the case's.
/// </summary>
internal sealed unsafe class FaultCatcher : IDisposable
{
    private static readonly int[] Caught = [LinuxCalls.SigIll, LinuxCalls.SigTrap, LinuxCalls.SigBus, LinuxCalls.SigFpe, LinuxCalls.SigSegv];

    private readonly LinuxCalls.SignalAction[] _old = new LinuxCalls.SignalAction[Caught.Length];
    private readonly bool _ownStack;
    private readonly ulong[] _oldMask = new ulong[16];

    /// <summary>Installs the handler.</summary>
    public FaultCatcher(ulong handler)
    {
        _ownStack = EnsureSignalStack();
        HoldSignals();
        var action = new LinuxCalls.SignalAction { Handler = (nint)handler, Flags = LinuxCalls.SaSigInfo | LinuxCalls.SaOnStack };
        for (var i = 0; i < Caught.Length; i++)
        {
            fixed (LinuxCalls.SignalAction* old = &_old[i])
            {
                Check(LinuxCalls.SetSignalAction(Caught[i], null, old));
                ((nint*)StubState.OldHandlers)[Caught[i]] = old->Handler;
                Check(LinuxCalls.SetSignalAction(Caught[i], &action, null));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var i = 0; i < Caught.Length; i++)
        {
            fixed (LinuxCalls.SignalAction* old = &_old[i])
            {
                Check(LinuxCalls.SetSignalAction(Caught[i], old, null));
            }
        }

        fixed (ulong* mask = _oldMask)
        {
            LinuxCalls.SetSignalMask(LinuxCalls.SigSetMask, mask, null);
        }

        if (_ownStack)
        {
            var none = new LinuxCalls.SignalStack { Flags = 2 };
            Check(LinuxCalls.SetSignalStack(&none, null));
        }
    }

    private static bool EnsureSignalStack()
    {
        LinuxCalls.SignalStack stack;
        Check(LinuxCalls.SetSignalStack(null, &stack));
        if (stack.Flags != 2)
        {
            return false;
        }

        stack = new LinuxCalls.SignalStack { Pointer = (nint)StubState.SignalStack, Size = StubState.SignalStackSize };
        Check(LinuxCalls.SetSignalStack(&stack, null));
        return true;
    }

    private void HoldSignals()
    {
        var mask = stackalloc ulong[16];
        new Span<ulong>(mask, 16).Fill(ulong.MaxValue);
        foreach (var signal in Caught)
        {
            mask[0] &= ~(1ul << (signal - 1));
        }

        fixed (ulong* old = _oldMask)
        {
            LinuxCalls.SetSignalMask(LinuxCalls.SigSetMask, mask, old);
        }
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }
}
