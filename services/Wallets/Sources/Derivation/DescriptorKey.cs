using System.Globalization;
using System.Text.RegularExpressions;
using Chains;

namespace Wallets;

/// <summary>
/// A key of a descriptor (BIP380, BIP389): where it comes from, the extended key, and the steps from there to an address's own key. A
/// step may stand for several branches; behind the steps, <c>/*</c> stands for every number.
/// </summary>
internal sealed partial class DescriptorKey
{
    // Wallets take two; each costs a point on the curve for every branch.
    private const int MostSteps = 10;

    private readonly string origin;
    private readonly ExtendedKey key;
    private readonly IReadOnlyList<IReadOnlyList<int>> steps;
    private readonly string written;

    private DescriptorKey(string origin, ExtendedKey key, string written, IReadOnlyList<IReadOnlyList<int>> steps, bool isRanged) =>
        (this.origin, this.key, this.written, this.steps, IsRanged) = (origin, key, written, steps, isRanged);

    /// <summary>Whether it is another key for each number.</summary>
    public bool IsRanged { get; }

    /// <summary>How many branches a step of it names; 1 where none does.</summary>
    public int Branches => steps.Max(step => (int?)step.Count) ?? 1;

    /// <summary>How it is written in the network's descriptors.</summary>
    public string Text => $"{origin}{written}{string.Concat(steps.Select(Write))}{(IsRanged ? "/*" : "")}";

    /// <summary>The steps to one branch.</summary>
    public IReadOnlyList<int> StepsTo(int branch) => [.. steps.Select(step => step.Count == 1 ? step[0] : step[branch])];

    /// <summary>The key of a branch, whose children are its addresses' keys if it is ranged.</summary>
    public ExtendedKey Branch(int branch) => key.At(StepsTo(branch));

    /// <summary>An extended key alone: its two usual branches, for receiving and for change (BIP44).</summary>
    public static DescriptorKey Account(Network network, ExtendedKey key) =>
        new("", key, key.Write(KeyVersion.Written(network)), [[0, 1]], isRanged: true);

    /// <exception cref="ServiceDefaults.DomainException"><c>invalid-source</c>, with what is wrong.</exception>
    public static DescriptorKey Parse(Network network, string text)
    {
        if (Form.Match(text) is not { Success: true } parts)
            throw NoSource.Refusal(NoSource.Key, Hexadecimal.IsMatch(text)
                ? "The descriptor names a single public key, so a single address: import that address."
                : "A key of the descriptor is not written as an extended public key with where it comes from and its steps.");

        var (key, version) = ExtendedKey.Read(parts.Groups["key"].Value);
        if (!version.Admits(network))
            throw NoSource.Refusal(NoSource.Network, $"The extended key ({version.Name}) is none of {network.Name}.");
        var path = parts.Groups["path"].Value;
        if (path.AsSpan().IndexOfAny('h', '\'') >= 0)
            throw NoSource.Refusal(NoSource.Hardened, "The descriptor has hardened steps behind an extended public key, which only the private "
                + "key can take. Export the key of the last hardened step, with its origin in front.");

        List<IReadOnlyList<int>> steps = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(step => step != "*").Select(ReadStep)];
        if (steps.Count > MostSteps)
            throw NoSource.Refusal(NoSource.Path, $"A key of the descriptor has {steps.Count} steps behind it; at most {MostSteps} are taken here.");
        if (steps.Count(step => step.Count > 1) > 1)
            throw NoSource.Refusal(NoSource.Path, "A key of the descriptor names its branches (<…>) twice.");
        var origin = parts.Groups["origin"].Value.Replace('\'', 'h').ToLowerInvariant();
        foreach (var step in origin.Split('/').Skip(1)) Number(step.TrimEnd('h', ']'));
        return new(origin, key, key.Write(KeyVersion.Written(network)), steps, path.EndsWith("/*", StringComparison.Ordinal));
    }

    private static IReadOnlyList<int> ReadStep(string step) =>
        step[0] == '<' ? [.. step[1..^1].Split(';').Select(Number)] : [Number(step)];

    private static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw NoSource.Refusal(NoSource.Path, "A step of the descriptor is no number below 2147483648.");

    private static string Write(IReadOnlyList<int> step) => step.Count == 1 ? $"/{step[0]}" : $"/<{string.Join(';', step)}>";

    [GeneratedRegex(@"^(?<origin>\[[0-9a-fA-F]{8}(?:/[0-9]{1,10}[h']?)*\])?(?<key>[1-9A-HJ-NP-Za-km-z]{90,130})" +
        @"(?<path>(?:/(?:[0-9]{1,10}[h']?|<[0-9]{1,10}[h']?(?:;[0-9]{1,10}[h']?)+>))*(?:/\*[h']?)?)\z")]
    private static partial Regex Form { get; }

    [GeneratedRegex(@"^(?:\[[^\]]*\])?(?:0[23][0-9a-fA-F]{64}|04[0-9a-fA-F]{128}|[0-9a-fA-F]{64})\z")]
    private static partial Regex Hexadecimal { get; }
}
