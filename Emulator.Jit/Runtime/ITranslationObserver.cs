using Emulator.Jit.Regions;

namespace Emulator.Jit.Runtime;

/// <summary>Looks on while a translator works. Set before the machine runs; a region is compiled on any thread, everything else happens on the machine's.</summary>
public interface ITranslationObserver
{
    /// <summary>Whether regions are to be compiled with a listing of their CIL and of what they call.</summary>
    bool WantsListings { get; }

    /// <summary>A region was planned.</summary>
    void OnRequested(RegionPlan plan);

    /// <summary>A region was compiled. Its code stays readable for as long as the observer keeps <see cref="CompiledRegion.Method"/>.</summary>
    void OnCompiled(CompiledRegion region);

    /// <summary>A region was dropped because its code changed.</summary>
    void OnInvalidated(CompiledRegion region);

    /// <summary>A region was dropped to keep the code within its bound.</summary>
    void OnEvicted(CompiledRegion region);
}
