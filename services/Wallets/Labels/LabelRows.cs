using EventSourcing;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Sets the labels of an import: of an address in every wallet of the user's that holds it, unless one of them has it labelled so already; of a
/// transaction in any case.
/// </summary>
internal sealed class LabelRows(ImportRows imports, WalletDecisions decisions, NpgsqlDataSource database, EventStore store, TimeProvider time)
{
    public async Task DecideAsync(TakenImport import, IReadOnlyList<WaitingRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        await OfAddressesAsync(import, [.. rows.Where(row => row.Kind == Bip329.Address)], ct);
        await OfTransactionsAsync(import, [.. rows.Where(row => row.Kind == Bip329.Transaction)], ct);
    }

    // What is in two wallets is labelled in two transactions. Who dies between them finds the first label set, which changes nothing.
    private async Task OfAddressesAsync(TakenImport import, IReadOnlyList<WaitingRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        var held = (await HeldAsync(import.OwnerId, rows, ct)).ToLookup(copy => copy.Place);
        var verdicts = new List<Verdict>();
        var wanted = new List<(Copy Copy, WaitingRow Row)>();
        foreach (var row in rows)
        {
            var copies = held[row.Place].ToList();
            if (copies.Count == 0)
                verdicts.Add(Verdict.Refuse(row, new("not-held", "None of your wallets holds this address; import it first.", "/ref")));
            else if (copies.Exists(copy => copy.Says(row)))
                verdicts.Add(new(row.Line, Verdicts.Present));
            else
            {
                verdicts.Add(new(row.Line, Verdicts.Imported));
                wanted.AddRange(copies.Select(copy => (copy, row)));
            }
        }

        foreach (var ofWallet in import.DryRun ? [] : wanted.GroupBy(one => one.Copy.WalletId))
        {
            try
            {
                await decisions.DecideAsync(import.Caller, ofWallet.Key, wallet => Decide(wallet, [.. ofWallet], time.Now()), ct);
            }
            catch (DomainException gone) when (gone.Problem.Code == "wallet-not-found")
            {
                // Deleted since it was read: there is nothing to label any more.
            }
        }

        // Of an address in several wallets the row goes with the first of them.
        var walletOf = rows.ToDictionary(row => row.Line, row => held[row.Place].Select(copy => (Guid?)copy.WalletId).Min());
        foreach (var ofWallet in verdicts.GroupBy(verdict => walletOf[verdict.Line]))
            await imports.JudgeAsync(import.Id, ofWallet.Key, [.. ofWallet], ct);
        ImportWorker.Count(verdicts);
    }

    // Each line sees what the lines before it did; an address that was removed meanwhile is passed by.
    private static List<WalletEvent> Decide(Wallet wallet, IReadOnlyList<(Copy Copy, WaitingRow Row)> wanted, DateTimeOffset at)
    {
        var events = new List<WalletEvent>();
        foreach (var (copy, row) in wanted)
        {
            if (!wallet.Addresses.ContainsKey(copy.AddressId)) continue;
            IReadOnlyList<WalletEvent> happened =
            [
                .. row.Label is null ? [] : LabelAddress.Decide(wallet, new(copy.AddressId, row.Label, at)),
                .. row.Tags.Count == 0 ? [] : TagAddress.Decide(wallet, new(copy.AddressId, row.Tags, at)),
            ];
            events.AddRange(happened);
            wallet = happened.Aggregate(wallet, Wallet.Evolve);
        }

        return events;
    }

    private async Task OfTransactionsAsync(TakenImport import, IReadOnlyList<WaitingRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        await using var work = await store.BeginAsync(ct);
        var known = await KnownAsync(work.Connection, import.OwnerId, rows, ct);
        var count = await work.Connection.ScalarAsync<long>(
            "select count(*) from transaction_labels where owner_id = @owner", new { owner = import.OwnerId }, ct);
        var verdicts = new List<Verdict>();
        foreach (var row in rows)
        {
            var before = known.GetValueOrDefault(row.Place, TransactionLabel.Initial);
            // What a line does not speak of stays: most programs know labels alone.
            var said = new TransactionLabel(
                row.Label ?? before.Label, row.Tags.Count > 0 ? row.Tags : before.Tags, row.Note ?? before.Note, row.Origin ?? before.Origin);
            var events = LabelTransaction.Decide(before, new(import.OwnerId, row.Place.Network, row.Place.Text, said, time.Now()));
            if (events.Count == 0) verdicts.Add(new(row.Line, Verdicts.Present));
            else if (before.SaysNothing && ++count > TransactionLabel.MostOfAUser)
                verdicts.Add(Verdict.Refuse(row, new("too-many", $"You label {TransactionLabel.MostOfAUser:N0} transactions already.", "/ref")));
            else
            {
                known[row.Place] = said;
                verdicts.Add(new(row.Line, Verdicts.Imported));
                // The last word counts, whoever says something else at the same time.
                if (!import.DryRun)
                    await work.RecordAsync(
                        TransactionLabel.Category, TransactionLabel.StreamOf(import.OwnerId, row.Place.Network, row.Place.Text), events, null,
                        Actor.Of(import.Caller), ct);
            }
        }

        await ImportRows.JudgeAsync(work.Connection, import.Id, null, verdicts, ct);
        await work.CommitAsync(ct);
        ImportWorker.Count(verdicts);
    }

    private async Task<IReadOnlyList<Copy>> HeldAsync(Guid ownerId, IReadOnlyList<WaitingRow> rows, CancellationToken ct)
    {
        var copies = await database.QueryAsync<(Guid AddressId, Guid WalletId, string Network, string Address, string? Label, string[] Tags)>("""
            select a.address_id, a.wallet_id, a.network, a.address, a.label, a.tags
            from wallets w join addresses a on a.wallet_id = w.wallet_id
            where w.owner_id = @ownerId and a.network = any(@networks) and a.address = any(@addresses)
            """, new
        {
            ownerId, networks = rows.Select(row => row.Place.Network).Distinct().ToArray(), addresses = rows.Select(row => row.Place.Text).ToArray(),
        }, ct);
        return [.. copies.Select(one => new Copy(one.AddressId, one.WalletId, new(one.Network, one.Address), one.Label, one.Tags))];
    }

    private static async Task<Dictionary<ChainAddress, TransactionLabel>> KnownAsync(
        NpgsqlConnection connection, Guid ownerId, IReadOnlyList<WaitingRow> rows, CancellationToken ct)
    {
        var known = await connection.QueryAsync<(string Network, string Txid, string? Label, string[] Tags, string? Note, string? Origin)>("""
            select network, txid, label, tags, note, origin from transaction_labels
            where owner_id = @ownerId and network = any(@networks) and txid = any(@txids)
            """, new
        {
            ownerId, networks = rows.Select(row => row.Place.Network).Distinct().ToArray(), txids = rows.Select(row => row.Place.Text).ToArray(),
        }, ct);
        return known.ToDictionary(row => new ChainAddress(row.Network, row.Txid),
            row => new TransactionLabel(row.Label, row.Tags, row.Note, row.Origin));
    }

    private sealed record Copy(Guid AddressId, Guid WalletId, ChainAddress Place, string? Label, IReadOnlyList<string> Tags)
    {
        public bool Says(WaitingRow row) => (row.Label is null || row.Label == Label) && (row.Tags.Count == 0 || row.Tags.SequenceEqual(Tags));
    }
}
