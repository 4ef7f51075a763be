namespace Emulator.Core.FloatingPoint;

/// <summary>The two numbers that define an IEEE 754 binary interchange format.</summary>
internal interface IBinaryFormat
{
    /// <summary>Significand bits, the implicit integer bit included.</summary>
    static abstract int Precision { get; }

    static abstract int ExponentBits { get; }
}

/// <summary>binary16, the half precision of F16C.</summary>
internal readonly struct Binary16 : IBinaryFormat
{
    public static int Precision => 11;

    public static int ExponentBits => 5;
}

/// <summary>binary32, single precision.</summary>
internal readonly struct Binary32 : IBinaryFormat
{
    public static int Precision => 24;

    public static int ExponentBits => 8;
}

/// <summary>binary64, double precision.</summary>
internal readonly struct Binary64 : IBinaryFormat
{
    public static int Precision => 53;

    public static int ExponentBits => 11;
}
