using System.ComponentModel;
using System.Numerics;
using Chains;
using Fractions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portfolio.Assets;
using Portfolio.Balances;
using Portfolio.Performance;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Valuation;

/// <summary>Which change is to be explained, as it stands in the query.</summary>
public readonly record struct ExplainRequest(
    [property: FromQuery(Name = "from"), InstantOrDay, Description("The first instant; of a day, its end in UTC.")] string From,
    [property: FromQuery(Name = "to"), InstantOrDay, Description("The second one; now when left out.")] string? To = null,
    [property: FromQuery(Name = "currency"), Description(Prices.Currency.Described)] string? Currency = null,
    [property: FromQuery(Name = "wallet"), Description("Only this wallet: what it exchanges with others comes from outside and goes there.")]
    Guid? Wallet = null);

/// <summary>Why what a user holds is worth more or less than before: quantities that add up to the last unit, values to the last digit.</summary>
internal sealed class ExplainChange(
    LedgerReader ledgers, BalanceTotals totals, WalletAccess access, PriceBook prices, AssetMarks marks, KnownAssets assets,
    NetworkCatalogue networks, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/portfolio/explain", async Task<Ok<ChangeExplained>> (
                Caller caller, [AsParameters] ExplainRequest request, [AsParameters] PageRequest page, ExplainChange explain, CancellationToken ct) =>
                TypedResults.Ok(await explain.ReadAsync(caller, request, page, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "invalid-parameter", "limit-out-of-range", "cursor-invalid")
            .WithName("ExplainChange")
            .WithTags("Portfolio")
            .WithSummary("Explains between two instants why what the caller holds is worth more or less")
            .WithDescription("By asset: what was held, what came, what went, what transactions cost and what prices did, so that `opening` and all " +
                "of these make `closing`, in base units and to the last digit of the value. Each movement is worth its day's price; what is left " +
                "of the change is the prices'. The list has the movements themselves.");

    public async Task<ChangeExplained> ReadAsync(Caller caller, ExplainRequest asked, PageRequest page, CancellationToken ct)
    {
        var currency = Currency.Read(asked.Currency);
        var from = Instant.ReadPast(asked.From, "from", time);
        var to = asked.To is { } until ? Instant.ReadPast(until, "to", time) : time.GetUtcNow();
        if (from > to) throw Instant.Invalid("from", "is later than 'to'.");
        // What is new between two pages of the present stands behind both.
        var place = page.In("explain", asked.From, asked.To, currency.Code, asked.Wallet?.ToString());
        var wallets = await access.ListAsync(caller, asked.Wallet, ct);

        var opening = await totals.ReadAsync(caller.UserId, wallets, from, ct);
        var marked = await marks.ReadAsync(caller.UserId, [.. opening.Select(sum => (sum.Network, sum.Asset))], ct);
        var counted = opening.Where(sum => !marked.ContainsKey(sum.Asset)).ToList();
        var known = await prices.ReadAsync(
            caller.UserId, [.. counted.Select(sum => sum.Asset)], currency, DayOf(from), DayOf(to), ct);
        var names = await assets.NamesAsync(counted.Select(sum => (sum.Network, (string?)sum.Asset)), ct);
        var moved = counted.ToDictionary(sum => (sum.Network, sum.Asset), sum => new AssetMovements(sum.Network, sum.Asset, sum.Derived.Decimals));
        var list = new MovementList(place);
        await foreach (var transaction in ledgers.BetweenAsync(caller, asked.Wallet, from, to, ct))
        {
            var native = networks.Find(transaction.Network)?.Native.Caip19 ?? "";
            foreach (var movement in Movement.Of(transaction, native))
            {
                if (!moved.TryGetValue((movement.Network, movement.Asset), out var sums)) continue;
                sums.Add(movement, PriceOf(movement));
                list.Add(movement);
            }
        }

        list.RequireReached();
        var changes = counted.ConvertAll(sum => Explained(
            moved[(sum.Network, sum.Asset)], sum.Derived.Amount.Value, known.Of(sum.Asset, DayOf(from)), known.Of(sum.Asset, DayOf(to))));
        var shown = place.PageOf(list.Rows, row => row.Key);
        return new(
            from, to, currency.Code, Sum(one => one.Change), Sum(one => one.Flow + one.Fees), Sum(one => one.Price), Sum(one => one.Fees),
            [.. changes.Select(one => Shown(one, names.Of(one.Moved.Network, one.Moved.Asset), currency))],
            [.. marked.Keys.Order(StringComparer.Ordinal)], opening.Any(sum => sum.Provisional),
            [.. shown.Data.Select(row => View(row.Movement, PriceOf(row.Movement)))], shown.HasMore, shown.Next, shown.Prev);

        // What stands in a block before the first instant on one behind it came after that instant, in the chain's order.
        Price? PriceOf(Movement movement) => known.Of(movement.Asset, DayOf(movement.At < from ? from : movement.At));

        MovementView View(Movement movement, Price? price)
        {
            var asset = names.Of(movement.Network, movement.Asset);
            return new(
                movement.Txid, movement.Network, movement.At, movement.Asset, NameOf(movement.Kind), Money.Of(new(movement.Amount), asset),
                DayPriceView.Of(price, currency),
                new AssetValue(asset.Decimals, price, null).Of(movement.Amount) is { } value ? Worth.Whole(value, currency) : null);
        }

        Worth? Sum(Func<Explanation, Fraction?> part) =>
            changes.Aggregate((Fraction?)Fraction.Zero, (sum, one) => sum + part(one)) is { } exact ? Worth.Whole(exact, currency) : null;
    }

    /// <summary>What of an asset's change its movements were, at the prices of their days; the rest is what prices did.</summary>
    internal static Explanation Explained(AssetMovements moved, BigInteger opening, Price? first, Price? last)
    {
        var closing = opening + moved.Change;
        var (before, after) = (new AssetValue(moved.Decimals, first, null).Of(opening), new AssetValue(moved.Decimals, last, null).Of(closing));
        var change = after - before;
        return new(moved, opening, closing, first, last, before, after, moved.Flow, moved.Of(MovementKind.Fee).Value, change - moved.Flow, change);
    }

    private static AssetChange Shown(Explanation one, Asset asset, Currency currency)
    {
        return new(
            one.Moved.Network, one.Moved.Asset, Held(one.Opening, one.First, one.Before), Moved(MovementKind.Received), Moved(MovementKind.Sent),
            Moved(MovementKind.Fee), Moved(MovementKind.OwnTransfer), Value(one.Price), Value(one.Change), Held(one.Closing, one.Last, one.After));

        HeldView Held(BigInteger amount, Price? price, Fraction? value) =>
            new(Money.Of(new(amount), asset), DayPriceView.Of(price, currency), Value(value));

        MovedView Moved(MovementKind kind)
        {
            var (amount, value, count) = one.Moved.Of(kind);
            return new(Money.Of(new(amount), asset), Value(value), count);
        }

        Worth? Value(Fraction? value) => value is { } exact ? Worth.Whole(exact, currency) : null;
    }

    private static string NameOf(MovementKind kind) => kind switch
    {
        MovementKind.Received => "received",
        MovementKind.Sent => "sent",
        MovementKind.Fee => "fee",
        _ => "own-transfer",
    };

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    /// <summary>One asset's change in its parts; values are null where a price is missing.</summary>
    internal sealed record Explanation(
        AssetMovements Moved, BigInteger Opening, BigInteger Closing, Price? First, Price? Last, Fraction? Before, Fraction? After,
        Fraction? Flow, Fraction? Fees, Fraction? Price, Fraction? Change);

    /// <summary>The movements of one page out of all that pass by, in the order in which they do.</summary>
    private sealed class MovementList(PagePlace place)
    {
        private readonly List<(Movement Movement, string[] Key)> rows = [];
        private bool reached = place.IsStart;

        /// <summary>In the order of reading.</summary>
        public IReadOnlyList<(Movement Movement, string[] Key)> Rows => place.Backward ? [.. rows.AsEnumerable().Reverse()] : rows;

        /// <exception cref="DomainException"><c>cursor-invalid</c>: where the page ended nothing is any more.</exception>
        public void RequireReached()
        {
            if (!reached)
                throw new DomainException("cursor-invalid", "The entry that the page ended with is another one now, or none; begin anew.", "?cursor");
        }

        public void Add(Movement movement)
        {
            string[] key = [movement.Network, movement.Txid, movement.Asset, NameOf(movement.Kind)];
            var isKey = !place.IsStart && key.Select((part, i) => place.Key<string>(i) == part).All(same => same);
            if (place.Backward)
            {
                reached |= isKey;
                if (reached) return;
                rows.Add((movement, key));
                if (rows.Count > place.Fetch) rows.RemoveAt(0);
            }
            else if (reached && rows.Count < place.Fetch) rows.Add((movement, key));
            else reached |= isKey;
        }
    }
}
