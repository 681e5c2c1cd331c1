using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using NpgsqlTypes;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Prices.Endpoints;

/// <summary>A user says what an asset costs.</summary>
internal static class SetManualPrice
{
    private const decimal Most = 1_000_000_000_000_000;
    private const int MostPerUser = 10_000;
    private const int LongestNote = 200;
    private static readonly DateOnly Earliest = new(1900, 1, 1);

    public sealed record Request(
        [property: Description("The asset's CAIP-19 id.")] string Asset,
        [property: Description("What one whole coin costs, as decimal text: above zero, and of at most 20 digits behind the point.")] string Value,
        [property: Description("The first day (UTC) that it is the price of.")] DateOnly From,
        [property: Description("The last day; for good when left out.")] DateOnly? To = null,
        [property: Description("ISO 4217 code, or BTC; USD when left out.")] string? Currency = null,
        [property: Description("Where it is from, or why.")] string? Note = null);

    /// <summary>What is to be stored, or every place that is wrong.</summary>
    /// <exception cref="DomainException"><c>invalid-body</c>.</exception>
    public static ManualPrice Decide(Guid id, Request request, PricedAssets assets, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        if (request.Asset is not { Length: > 0 and <= 200 } || assets.Of(request.Asset) is null)
            errors.Add(new("/asset", "unknown-asset", "Name an asset of a known network by its CAIP-19 id, such as eip155:1/slip44:60."));
        if (!decimal.TryParse(request.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value is <= 0 or >= Most || request.Value.Length > 40 || value.Scale > 20)
            errors.Add(new("/value", "not-a-price", "A price is a decimal number as text, above zero and below 10^15, such as 0.25."));
        if (Currency.Find(request.Currency ?? Currency.Usd.Code) is null)
            errors.Add(new("/currency", "unknown-currency", "GET /api/v1/currencies lists the currencies there are."));
        if (request.From < Earliest) errors.Add(new("/from", "out-of-range", "No chain is so old."));
        if (request.To < request.From) errors.Add(new("/to", "out-of-range", "The last day is not before the first."));
        if (request.Note is { Length: 0 or > LongestNote } || (request.Note is not null && !StorableText.Is(request.Note)))
            errors.Add(new("/note", "length", $"A note has 1 to {LongestNote} characters."));
        if (errors.Count > 0) throw new DomainException("invalid-body", errors[0].Detail, errors);
        return new ManualPrice(id, request.Asset, request.Currency ?? Currency.Usd.Code, value, request.From, request.To, request.Note, now);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPut("/api/v1/prices/manual/{priceId:guid}", async Task<Ok<ManualPriceView>> (
                [FromRoute(Name = "priceId")] Guid id, Request request, Caller caller, PricedAssets assets, NpgsqlDataSource database,
                TimeProvider time, CancellationToken ct) =>
            {
                ManualPrices.RequireWhole(caller);
                // As fine as the database's clock.
                var now = time.GetUtcNow();
                var price = Decide(id, request, assets, now.AddTicks(-(now.Ticks % 10)));
                await using var connection = await database.OpenConnectionAsync(ct);
                await using var transaction = await connection.BeginTransactionAsync(ct);
                // Those of one user queue here, so that no two of them are the last one.
                await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('manual prices ' || @UserId, 0))",
                    new { UserId = caller.UserId.ToString() }, ct);
                var (owner, count) = await connection.QuerySingleAsync<(Guid?, long)>("""
                    select (select user_id from manual_prices where price_id = @id),
                           (select count(*) from manual_prices where user_id = @UserId and price_id <> @id)
                    """, new { id, caller.UserId }, ct);
                if (owner is { } other && other != caller.UserId) throw ManualPrices.NotFound();
                if (count >= MostPerUser) throw new DomainException("too-many", $"A user sets at most {MostPerUser} prices.");
                await connection.ExecuteAsync("""
                    insert into manual_prices (price_id, user_id, asset, currency, value, from_day, to_day, note, set_at)
                    values (@PriceId, @UserId, @Asset, @Currency, @Value, @FromDay, @to, @Note, @SetAt)
                    on conflict (price_id) do update set asset = excluded.asset, currency = excluded.currency, value = excluded.value,
                        from_day = excluded.from_day, to_day = excluded.to_day, note = excluded.note, set_at = excluded.set_at
                    """, new
                {
                    price.PriceId, caller.UserId, price.Asset, price.Currency, price.Value, price.FromDay,
                    to = Sql.Typed(price.ToDay, NpgsqlDbType.Date), price.Note, price.SetAt,
                }, ct);
                await transaction.CommitAsync(ct);
                return TypedResults.Ok(ManualPriceView.Of(price));
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithName("SetManualPrice")
            .WithTags("Prices")
            .WithSummary("Sets what an asset costs, for a day, for some, or for good")
            .WithDescription("Counts for your values alone, for all of its days, and before what any source tells; of two for one day, the one set "
                + "last. The id is yours to make: the same one again changes the price. Needs a key for all of your wallets.")
            .WithExample(new { asset = "eip155:1/slip44:60", value = "1850.25", from = "2024-01-01", to = "2024-12-31", currency = "EUR" })
            .WithProblems("invalid-body", "too-many", "price-not-found");
}
