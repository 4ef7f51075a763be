namespace Emulator.Host.Qmp;

/// <summary>A command fails; the class is one of QMP's: <c>GenericError</c>, <c>CommandNotFound</c>, <c>DeviceNotFound</c>.</summary>
internal sealed class QmpException(string message, string errorClass = "GenericError") : Exception(message)
{
    /// <summary>The class.</summary>
    public string ErrorClass => errorClass;

    /// <summary>A parameter is not there or not what it should be, in QEMU's words.</summary>
    public static QmpException Missing(string name) => new($"Parameter '{name}' is missing");

    /// <summary>A parameter has the wrong type.</summary>
    public static QmpException WrongType(string name, string expected) => new($"Invalid parameter type for '{name}', expected: {expected}");
}
