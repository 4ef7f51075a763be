namespace Emulator.Conformance.Tests.Cases;

/// <summary>What Linux tells a process about the machine (getauxval(3)).</summary>
internal static class AuxiliaryVector
{
    private const ulong HardwareCapabilities2Key = 26;

    /// <summary>AT_HWCAP2: on x86, bit 1 says that FSGSBASE instructions are enabled.</summary>
    public static ulong HardwareCapabilities2
    {
        get
        {
            var entries = File.ReadAllBytes("/proc/self/auxv");
            for (var i = 0; i + 16 <= entries.Length; i += 16)
            {
                if (BitConverter.ToUInt64(entries, i) == HardwareCapabilities2Key)
                {
                    return BitConverter.ToUInt64(entries, i + 8);
                }
            }

            return 0;
        }
    }
}
