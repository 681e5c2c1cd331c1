using System.Reflection;

namespace Contracts;

/// <summary>Which service says which contracts. Every contract is said by exactly one, so that the spans of one log tile.</summary>
public static class Sources
{
    /// <summary>The log of users' wallets and addresses.</summary>
    public const string Wallets = "wallets";

    /// <summary>The log of ledgers and sync runs.</summary>
    public const string Sync = "sync";

    private static readonly Dictionary<string, Type[]> Contracts = typeof(Sources).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(Contract)))
        .GroupBy(type => type.GetCustomAttribute<SaidByAttribute>()?.Source
            ?? throw new InvalidOperationException($"{type.Name} does not say who says it."))
        .ToDictionary(source => source.Key, source => source.OrderBy(type => type.Name, StringComparer.Ordinal).ToArray());

    /// <summary>The sources there are.</summary>
    public static IReadOnlyCollection<string> All => Contracts.Keys;

    /// <summary>Every contract that a source says; none for a service that says nothing.</summary>
    public static IReadOnlyList<Type> ContractsOf(string source) => Contracts.GetValueOrDefault(source) ?? [];
}

/// <summary>Which service's log a contract is published from.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SaidByAttribute(string source) : Attribute
{
    /// <summary>One of <see cref="Sources"/>.</summary>
    public string Source { get; } = source;
}
