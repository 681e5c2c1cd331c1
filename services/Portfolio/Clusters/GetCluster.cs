using System.ComponentModel;
using System.Globalization;
using System.Numerics;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Balances;
using ServiceDefaults;

namespace Portfolio.Clusters;

/// <summary>The cluster of one of the caller's addresses.</summary>
internal sealed class GetCluster(NpgsqlDataSource database, ObservedReader observed, NetworkCatalogue networks)
{
    private const int MostTold = 100;
    private const decimal EachStep = 0.95m;

    private const string HeldSql = $"""
        select sum(held.amount) from (
            select distinct on (a.address) {BalanceTotals.Confirmed} as amount
            from wallets w
            join addresses a on a.wallet_id = w.wallet_id and a.network = $3 and a.address = any($4)
            join ledger_trackers t on t.address_id = a.address_id and not t.ended
            join ledgers l on l.ledger_id = t.ledger_id
            join balances b on b.ledger_id = l.ledger_id and b.asset = $5
            where w.owner_id = $1 and ($2::uuid[] is null or w.wallet_id = any($2))
            order by a.address, t.ledger_id) held
        """;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/clusters/{network}/{address}", async Task<Ok<ClusterView>> (
                string network, string address, Caller caller, [AsParameters] PageRequest page, GetCluster cluster, CancellationToken ct,
                [Description("An address to show the evidence for.")] string? other = null) =>
                TypedResults.Ok(await cluster.ReadAsync(caller, network, address, other, page, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("address-not-found", "unknown-network", "invalid-parameter", "limit-out-of-range", "cursor-invalid")
            .WithName("GetCluster")
            .WithTags("Clusters")
            .WithSummary("Tells which addresses are probably of the same owner as one of the caller's")
            .WithDescription("By common-input ownership: addresses whose coins were spent in one transaction. What looks like a CoinJoin joins " +
                "nothing. Only the caller's own addresses can be asked about, and only what their own ledgers saw is evidence. On chains of " +
                "accounts every address is a cluster of its own.");

    public async Task<ClusterView> ReadAsync(
        Caller caller, string named, string text, string? towards, PageRequest request, CancellationToken ct)
    {
        var network = networks.Require(named);
        var other = towards is null ? null
            : Read(network, towards) ?? throw Instant.Invalid("other", "is an address of the network.");
        var read = Read(network, text);
        var place = request.In("cluster", caller.UserId.ToString(), network.Slug, read ?? text, Scope(caller));
        var address = read ?? throw NotFound();
        var tracked = await observed.TrackedAsync(caller, network.Slug, ct);
        if (!tracked.Contains(address)) throw NotFound();

        var clusters = await observed.ReadAsync(caller, network.Slug, ct);
        var members = clusters.MembersOf(address).ToHashSet();
        var steps = clusters.StepsFrom(address);
        var page = place.PageOf(Ordered(members.Where(member => member != address), place), member => [member]);
        var own = members.Where(tracked.Contains).ToArray();
        return new(
            network.Slug, address, members.Count, own.Length, await HeldAsync(caller, network, own, ct),
            other is null ? null : clusters.PathBetween(address, other)?.Select(View).ToList(),
            [
                .. clusters.Waiting.Where(one => members.Contains(one.One) || members.Contains(one.Other)).Take(MostTold)
                    .Select(one => new WaitingMergeView(one.Txid, one.At, one.One, one.Other, one.OneSize, one.OtherSize)),
            ],
            [
                .. clusters.Excluded.Where(one => one.Addresses.Any(members.Contains)).TakeLast(MostTold).Select(one => new CoinJoinView(
                    one.Txid, one.At, one.Shape.Shape, Text(one.Shape.Confidence), one.Shape.Participants,
                    one.Shape.Denomination is { } amount ? Money.Of(amount, network.Native) : null, one.Shape.Reason)),
            ],
            [.. page.Data.Select(member => Member(member))], page.HasMore, page.Next, page.Prev);

        ClusterMemberView Member(string member)
        {
            var count = Chain(steps, address, member).Count;
            return new(
                member, [.. tracked[member].Select(one => one.WalletId)], Confidence(count), count, clusters.EvidenceOf(member).Count);
        }
    }

    /// <summary>The chain of evidence that leads from an address to a member of its cluster.</summary>
    internal static List<EvidenceStep> Chain(IReadOnlyDictionary<string, EvidenceStep> steps, string from, string to)
    {
        var chain = new List<EvidenceStep>();
        for (var at = to; at != from; at = chain[^1].From) chain.Add(steps[at]);
        chain.Reverse();
        return chain;
    }

    internal static string Confidence(int steps) => Text(Enumerable.Repeat(EachStep, Math.Min(steps, 200)).Aggregate(1m, (all, step) => all * step));

    internal static EvidenceStepView View(EvidenceStep step) => new(step.From, step.To, step.Txid, step.At);

    /// <summary>Keys that see other wallets see other evidence.</summary>
    internal static string? Scope(Caller caller) => caller.Wallets is { } some ? string.Join(' ', some.Order()) : null;

    /// <summary>The members behind a place, in their order of reading.</summary>
    internal static List<string> Ordered(IEnumerable<string> members, PagePlace place)
    {
        var ordered = place.Backward ? members.OrderDescending(StringComparer.Ordinal) : members.Order(StringComparer.Ordinal);
        var key = place.IsStart ? null : place.Key<string>(0);
        return [.. ordered.SkipWhile(member => key is not null
            && (place.Backward ? string.CompareOrdinal(member, key) >= 0 : string.CompareOrdinal(member, key) <= 0)).Take(place.Fetch)];
    }

    private async Task<Money?> HeldAsync(Caller caller, Network network, string[] addresses, CancellationToken ct)
    {
        await using var command = database.CreateCommand(HeldSql);
        command.Placed(caller.UserId);
        command.Placed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.Placed(network.Slug);
        command.Placed(addresses);
        command.Placed(network.Native.Caip19);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return reader.IsDBNull(0) ? null : Money.Of(new(reader.GetFieldValue<BigInteger>(0)), network.Native);
    }

    private static string? Read(Network network, string text) => Addresses.Parse(network, text) is Address address ? address.Text : null;

    private static string Text(decimal confidence) => Math.Round(confidence, 4).ToString("0.####", CultureInfo.InvariantCulture);

    private static DomainException NotFound() => new("address-not-found", "None of your wallets has such an address on that network.");
}
