using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Portfolio.Prices.Sources;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Prices.Endpoints;

/// <summary>What one asset cost on a day, as values are made of it.</summary>
internal sealed class GetPrice(PriceBook book, PricedAssets assets, NpgsqlDataSource database, TimeProvider time)
{
    private const int LongestAsset = 200;

    public readonly record struct Request(
        [property: FromQuery(Name = "asset"), Description("The asset's CAIP-19 id.")] string Asset,
        [property: FromQuery(Name = "currency"), Description("ISO 4217 code of a currency that `/api/v1/currencies` lists, or BTC; USD when left "
            + "out.")] string? Currency = null,
        [property: FromQuery(Name = "at"), InstantOrDay, Description("An instant or a day (UTC): an instant has the price of its day. Now when left "
            + "out.")] string? At = null);

    public async Task<PriceView> ReadAsync(Caller caller, Request request, CancellationToken ct)
    {
        var (now, currency) = (time.GetUtcNow(), Currency.Read(request.Currency));
        var day = DateOnly.FromDateTime((request.At is { } at ? Instant.ReadPast(at, "at", time) : now).UtcDateTime);
        if (request.Asset is { Length: 0 or > LongestAsset } || !StorableText.Is(request.Asset) || assets.Of(request.Asset) is not { } asset)
            throw Instant.Invalid("asset", "is the CAIP-19 id of an asset, such as eip155:1/slip44:60.");

        var view = new PriceView
        {
            Asset = asset.Id, Currency = currency.Code, Day = day,
        };
        var price = (await book.ReadAsync(caller.UserId, [asset.Id], currency, day, day, ct)).Of(asset.Id, day);
        // That a token has a price says that somebody holds it; whose it is not need not know.
        if (price?.Source.StartsWith("manual", StringComparison.Ordinal) is not true && !await IsSeenAsync(caller, asset, ct))
            return view with { Reason = "None of your addresses has it, so its price is not asked for." };
        if (price is null) return view with { Reason = (await book.WhyNoneAsync([asset.Id], day, ct)).GetValueOrDefault(asset.Id) };
        var until = day < DateOnly.FromDateTime(now.UtcDateTime) ? Closings.EndOf(day) : now;
        return view with
        {
            Value = PriceText.Of(price.Value),
            Source = price.Source,
            Time = price.At,
            Stale = price.Stale,
            Note = price.Note,
            AgeSeconds = Math.Max(0, (long)(until - price.At).TotalSeconds),
        };
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/prices", async Task<Ok<PriceView>> (
                [AsParameters] Request request, Caller caller, GetPrice price, CancellationToken ct) =>
                TypedResults.Ok(await price.ReadAsync(caller, request, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithName("GetPrice")
            .WithTags("Prices")
            .WithSummary("What an asset costs, or cost on a day")
            .WithDescription("The price that values are made of: the one you set, else that of the day's end, or of the present day the latest one, "
                + "by the first source that tells it. Where there is none, `reason` says why.")
            .WithProblems("invalid-parameter");

    private async Task<bool> IsSeenAsync(Caller caller, PricedAsset asset, CancellationToken ct) =>
        asset.Contract is null || await database.ScalarAsync<bool>("""
            select exists (
                select from wallets w join ledger_trackers t on t.wallet_id = w.wallet_id and not t.ended
                join balances b on b.ledger_id = t.ledger_id and b.asset = @Id
                where w.owner_id = @UserId and (@isWhole or w.wallet_id = any(@wallets)))
            """, new { asset.Id, caller.UserId, isWhole = caller.Wallets is null, wallets = caller.Wallets?.ToArray() ?? [] }, ct);
}
