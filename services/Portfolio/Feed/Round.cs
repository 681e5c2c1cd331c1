using EventSourcing;
using Npgsql;

namespace Portfolio.Feed;

/// <summary>A transaction of a ledger that may have to be told, or all its balances where it names none.</summary>
internal readonly record struct Mark(Guid LedgerId, string Txid)
{
    public bool IsOfBalances => Txid.Length == 0;
}

/// <summary>
/// One announcing: its one transaction, and what is told in it. Of whom nothing is known, their wallet's creation may still be on its way;
/// <paramref name="settled"/> are those of whom it is known that it is not.
/// </summary>
internal sealed class Round(Work work, DateTimeOffset now, IReadOnlySet<Mark> settled)
{
    private readonly HashSet<Mark> unknown = [];

    public NpgsqlConnection Connection => work.Connection;

    public DateTimeOffset Now => now;

    /// <summary>What waits for the owner of some wallet to be known.</summary>
    public IReadOnlySet<Mark> Unknown => unknown;

    /// <summary>How much was told, or came to be known as told.</summary>
    public int Told { get; private set; }

    /// <summary>The wallet or the address is not known here.</summary>
    public void Miss(Mark mark)
    {
        if (!settled.Contains(mark)) unknown.Add(mark);
    }

    /// <summary>Appends to the user's stream, each message once by its id.</summary>
    public void Tell(Guid user, params IReadOnlyList<NewEvent> messages)
    {
        work.Append(FeedMessage.Category, user, messages);
        Told += messages.Count;
        work.AfterCommit(() =>
        {
            foreach (var message in messages)
                PortfolioMetrics.Told.Add(1, new KeyValuePair<string, object?>("type", EventTypes.AliasOf(message.Data.GetType())));
        });
    }

    /// <summary>Does this once everything is stored.</summary>
    public void AfterCommit(Action action) => work.AfterCommit(action);
}
