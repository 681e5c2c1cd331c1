using ServiceDefaults;

namespace Wallets;

/// <summary>The refusal of a whole file, by a code for programs and a reason for people; what stands in the file is never said again.</summary>
internal static class BadFile
{
    public static DomainException Because(string code, string detail) => new("invalid-file", detail, [new("", code, detail)]);
}
