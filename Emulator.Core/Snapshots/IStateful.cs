namespace Emulator.Core.Snapshots;

/// <summary>
/// A part of the machine whose state is data. A record is named and versioned; host resources (files, terminals, wires)
/// are no part of it and are given again by whoever builds the machine. Loading makes no edges and calls no other device.
/// </summary>
public interface IStateful
{
    /// <summary>The record's name, unique in the machine, such as <c>uart16550.0</c>.</summary>
    string StateName { get; }

    /// <summary>The record's version; raise it when the layout changes.</summary>
    int StateVersion { get; }

    /// <summary>Writes the whole state.</summary>
    void Save(StateWriter writer);

    /// <summary>Reads back exactly what <see cref="Save"/> wrote.</summary>
    void Load(StateReader reader);
}

/// <summary>A snapshot that cannot be read, with the reason.</summary>
public sealed class SnapshotException(string message) : Exception(message);
