using System.Diagnostics;
using System.Text.Json.Serialization;
using EventSourcing;

namespace Wallets;

internal abstract record TransactionLabelEvent : WalletsEvent
{
    private TransactionLabelEvent() { }

    /// <summary>
    /// All that the user says of the transaction from now on; <paramref name="Network"/> is a slug, <paramref name="Txid"/> canonical.
    /// </summary>
    public sealed record TransactionLabelled(
        Guid OwnerId, string Network, string Txid, string? Label, IReadOnlyList<string> Tags, string? Note, DateTimeOffset At)
        : TransactionLabelEvent
    {
        /// <summary>BIP329's origin, as it was given; null where none was.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Origin { get; init; }

        /// <summary>Whether it takes away what was said before and says nothing.</summary>
        [JsonIgnore]
        public bool SaysNothing => Label is null && Tags.Count == 0 && Note is null && Origin is null;
    }
}

/// <summary>What a user says of one transaction: nothing, to begin with. It is the user's, whichever of their wallets took part.</summary>
internal sealed record TransactionLabel(string? Label, IReadOnlyList<string> Tags, string? Note, string? Origin)
    : IAggregate<TransactionLabel, TransactionLabelEvent>
{
    /// <summary>How many transactions one user says something of, at most.</summary>
    public const int MostOfAUser = 200_000;

    public static string Category => "transaction-label";

    public static TransactionLabel Initial { get; } = new(null, [], null, null);

    public bool SaysNothing => Label is null && Tags.Count == 0 && Note is null && Origin is null;

    /// <summary>The stream of one user's words on one transaction: a small one of its own, so that none is read to change another.</summary>
    public static Guid StreamOf(Guid ownerId, string network, string txid) => FactId.Of(Category, ownerId.ToString("N"), network, txid);

    public static TransactionLabel Evolve(TransactionLabel state, TransactionLabelEvent @event) => @event switch
    {
        TransactionLabelEvent.TransactionLabelled e => new(e.Label, e.Tags, e.Note, e.Origin),
        _ => throw new UnreachableException($"TransactionLabel does not know {@event.GetType().Name}."),
    };

    public bool SaysTheSameAs(TransactionLabel other) =>
        Label == other.Label && Note == other.Note && Origin == other.Origin && Tags.SequenceEqual(other.Tags);
}
