using System.Runtime.ExceptionServices;

namespace Emulator.Host.Machines;

/// <summary>
/// Something that is made on a thread of its own while its user does something else. No task: the thread pool's beginning would take longer than
/// what is made at the program's start.
/// </summary>
internal sealed class Ahead<T>
    where T : class
{
    private readonly Thread _thread;
    private T? _made;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Begins to make it.</summary>
    public Ahead(string name, Func<T> make)
    {
        _thread = new Thread(() => Run(make)) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>The thing, as soon as it is there.</summary>
    public T Take()
    {
        _thread.Join();
        _failure?.Throw();
        return _made!;
    }

    private void Run(Func<T> make)
    {
        try
        {
            _made = make();
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
        }
    }
}
