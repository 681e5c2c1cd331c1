using EventSourcing;
using Messaging;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>Stores what users say of transactions, each with its row in one transaction.</summary>
internal sealed class TransactionLabels(NpgsqlDataSource database, EventStore store, Answers answers)
{
    private const int Attempts = 8;

    /// <summary>They are the user's and not a wallet's, so a key for certain wallets does not open them.</summary>
    /// <exception cref="DomainException"><c>forbidden</c>.</exception>
    public static void RequireAll(Caller caller)
    {
        if (caller.Wallets is not null) throw new DomainException("forbidden", "A key for certain wallets does not open the labels of transactions.");
    }

    /// <summary>What a user says of a transaction.</summary>
    public async Task<TransactionLabel> ReadAsync(Guid ownerId, string network, string txid, CancellationToken ct) =>
        await database.FirstAsync(
            "select label, tags, note, origin from transaction_labels where owner_id = $1 and network = $2 and txid = $3",
            [ownerId, network, txid],
            row => new TransactionLabel(row.Maybe<string>(0), row.GetFieldValue<string[]>(1), row.Maybe<string>(2), row.Maybe<string>(3)), ct)
        ?? TransactionLabel.Initial;

    /// <summary>From now on this is what the user says of it; what came from BIP329 about its origin stays where none is given.</summary>
    /// <exception cref="DomainException"><c>too-many</c>, or <c>conflict</c> after too many collisions.</exception>
    public async Task<TransactionLabel> SayAsync(
        Caller caller, string network, string txid, TransactionLabel said, DateTimeOffset at, CancellationToken ct)
    {
        var stream = TransactionLabel.StreamOf(caller.UserId, network, txid);
        for (var attempt = 1; ; attempt++)
        {
            var (known, version) = await store.LoadAsync<TransactionLabel, TransactionLabelEvent>(stream, ct);
            var whole = said.SaysNothing ? said : said with { Origin = said.Origin ?? known.Origin };
            var events = LabelTransaction.Decide(known, new(caller.UserId, network, txid, whole, at));
            if (events.Count == 0)
            {
                answers.WroteNothing(await store.HeadAsync(ct));
                return known;
            }

            if (known.SaysNothing) await RequireRoomAsync(caller.UserId, ct);
            try
            {
                await using var work = await store.BeginAsync(ct);
                await work.RecordAsync(TransactionLabel.Category, stream, events, version, Actor.Of(caller), ct);
                answers.Wrote((await work.CommitAsync(ct)).Position);
                return whole;
            }
            catch (WrongVersionException) when (attempt < Attempts)
            {
                // Somebody else was faster: decided again on what is there now.
            }
            catch (WrongVersionException)
            {
                throw new DomainException("conflict", "The transaction is being labelled by many at once; nothing was stored. Try again.");
            }
        }
    }

    private async Task RequireRoomAsync(Guid ownerId, CancellationToken ct)
    {
        var count = await database.ScalarAsync<long>("select count(*) from transaction_labels where owner_id = @ownerId", new { ownerId }, ct);
        if (count >= TransactionLabel.MostOfAUser)
            throw new DomainException("too-many", $"Something is said of {TransactionLabel.MostOfAUser:N0} transactions already, which is the most.");
    }
}
