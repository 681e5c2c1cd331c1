using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using CsCheck;

namespace Services.Sync;

/// <summary>What a provider does to what it tells.</summary>
internal enum LieKind
{
    /// <summary>A row of a list is left out.</summary>
    Dropped,

    /// <summary>A row stands twice in its list.</summary>
    Doubled,

    /// <summary>A value is another one, or of another type.</summary>
    Retyped,

    /// <summary>Two neighbours have changed places.</summary>
    Reordered,

    /// <summary>The lists lack the newest block.</summary>
    Late,

    /// <summary>What tells one transaction in detail lacks a field.</summary>
    Unfinished,
}

/// <summary>One thing that happens to the address, so many blocks after the one before.</summary>
internal sealed record Move(int Kind, int Amount, int Gap);

/// <summary>One thing that a provider does, to one of the rows, in one of its ways.</summary>
internal sealed record Lie(LieKind Kind, int At, int How)
{
    /// <summary>What a wrong amount is off by: no two lies make up for each other.</summary>
    public long Off => 7 + (13 * At) + How;
}

/// <summary>
/// A small world and what a provider makes of it for a while. Once it tells the truth, somebody asks for a sync, or time passes
/// and nobody does.
/// </summary>
internal sealed record World(IReadOnlyList<Move> Moves, IReadOnlyList<Lie> Lies, bool IsAskedFor)
{
    public static Gen<World> Any { get; } = Gen.Select(
        Gen.Select(Gen.Int[0, 5], Gen.Int[1, 1000], Gen.Frequency((1, Gen.Const(0)), (3, Gen.Int[1, 3]), (1, Gen.Int[100, 200])),
            (kind, amount, gap) => new Move(kind, amount, gap)).List[1, 7],
        Gen.Select(Gen.Enum<LieKind>(), Gen.Int[0, 20], Gen.Int[0, 11], (kind, at, how) => new Lie(kind, at, how)).List[1, 3],
        Gen.Bool, (moves, lies, asked) => new World(moves, lies, asked));

    public override string ToString() =>
        $"{string.Join(", ", Moves)}; {string.Join(", ", Lies)}; {(IsAskedFor ? "asked for" : "time passes")}";

    /// <summary>Rows of a list, newest first, left out, doubled, exchanged or late; false where the lie is of another kind.</summary>
    public static bool Spoil(JsonArray list, Lie lie, Func<JsonNode, long> heightOf)
    {
        if (list.Count == 0) return lie.Kind is LieKind.Dropped or LieKind.Doubled or LieKind.Reordered or LieKind.Late;
        var at = lie.At % list.Count;
        switch (lie.Kind)
        {
            case LieKind.Dropped:
                list.RemoveAt(at);
                return true;
            case LieKind.Doubled:
                list.Insert(at, list[at]!.DeepClone());
                return true;
            case LieKind.Reordered:
                if (list.Count == 1) return true;
                var (moved, to) = (list[at]!, at == 0 ? 1 : at - 1);
                list.RemoveAt(at);
                list.Insert(to, moved);
                return true;
            case LieKind.Late:
                var newest = list.Max(row => heightOf(row!));
                foreach (var row in list.Where(row => heightOf(row!) == newest).ToList()) list.Remove(row);
                return true;
            default:
                return false;
        }
    }
}

/// <summary>What a provider tells of a world, and what is true: each transaction that changes something, as a ledger has it, and the sums.</summary>
internal sealed class ToldWorld(JsonObject answers)
{
    private readonly Dictionary<string, (long Height, BigInteger Native, Dictionary<string, BigInteger> Others)> rows = [];

    public JsonObject Answers => answers;

    public BigInteger Native => rows.Values.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Native);

    /// <summary>Sums by CAIP-19.</summary>
    public IReadOnlyDictionary<string, BigInteger> Others => rows.Values.SelectMany(row => row.Others).GroupBy(other => other.Key)
        .ToDictionary(asset => asset.Key, asset => asset.Aggregate(BigInteger.Zero, (sum, other) => sum + other.Value));

    public IReadOnlyCollection<string> Txids => rows.Keys;

    public IReadOnlyList<string> Rows => [.. rows.Select(row => $"{row.Key} {row.Value.Height} {row.Value.Native}" + string.Concat(
        row.Value.Others.OrderBy(other => other.Key, StringComparer.Ordinal)
            .Select(other => $" {other.Key}={other.Value}"))).Order(StringComparer.Ordinal)];

    public ToldWorld With(string txid, long height, BigInteger native, params (string Asset, BigInteger Delta)[] others)
    {
        rows[txid] = (height, native, others.ToDictionary(other => other.Asset, other => other.Delta));
        return this;
    }

    public static string Text(BigInteger number) => number.ToString(CultureInfo.InvariantCulture);
}
