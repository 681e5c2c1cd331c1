using ServiceDefaults;

namespace Wallets;

/// <summary>Why a pasted text stands for no whole wallet. Nothing of the text is said again: it may hold a secret that was not recognised.</summary>
internal static class NoSource
{
    public const string Checksum = "checksum";
    public const string Length = "length";
    public const string Key = "key";
    public const string Version = "version";
    public const string Network = "network";
    public const string Multisig = "multisig-key";
    public const string Hardened = "hardened";
    public const string Single = "single";
    public const string Path = "path";
    public const string Script = "script";
    public const string Threshold = "threshold";
    public const string Unknown = "unknown";

    /// <summary>The refusal of a text, for one reason.</summary>
    public static DomainException Refusal(string code, string detail) => new("invalid-source", detail, [new("/text", code, detail)]);
}
