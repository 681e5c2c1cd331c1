using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Assets;

/// <summary>An asset that the caller's addresses ever held.</summary>
public sealed record AssetView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("Its short name; of a token, what a provider says it calls itself.")] string Symbol,
    [property: Description("One whole coin is 10^decimals base units.")] int Decimals,
    [property: Description("Whether it is a network's own coin or on the list of well-known tokens.")] bool WellKnown,
    [property: Description("What the caller said of it; null where nothing."), AllowedValues("trusted", "spam")] string? Verdict,
    [property: Description("Why it is left out of values; null where it counts.")] string? LeftOut);

/// <summary>The assets that the caller's addresses ever held, and which of them count.</summary>
internal static class ListAssets
{
    private const string Sql = """
        select distinct a.network collate "C", b.asset
        from wallets w
        join addresses a on a.wallet_id = w.wallet_id
        join ledger_trackers t on t.address_id = a.address_id and not t.ended
        join balances b on b.ledger_id = t.ledger_id
        where w.owner_id = @owner and (@wallets is null or w.wallet_id = any(@wallets))
        order by 1, 2
        """;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/assets", async Task<Ok<Page<AssetView>>> (
                Caller caller, [AsParameters] PageRequest page, NpgsqlDataSource database, KnownAssets assets, AssetMarks marks,
                WellKnownTokens wellKnown, CancellationToken ct) =>
            {
                var place = page.In("assets");
                var held = await database.QueryAsync<(string Network, string Asset)>(Sql, new
                {
                    owner = caller.UserId, wallets = Postgres.Sql.Typed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
                }, ct);
                if (place.Backward) held.Reverse();
                var shown = (place.IsStart ? held : held.SkipWhile(one => !IsBeyond(place, one))).Take(place.Fetch).ToList();
                var names = await assets.NamesAsync(shown.Select(one => (one.Network, (string?)one.Asset)), ct);
                var marked = await marks.ReadAsync(caller.UserId, shown, ct);
                var verdicts = await AssetVerdicts.ReadAsync(database, caller.UserId, ct);
                return TypedResults.Ok(place.PageOf(
                    [.. shown.Select(one => View(one, names.Of(one.Network, one.Asset)))], view => [view.Network, view.Asset]));

                AssetView View((string Network, string Asset) one, Chains.Asset asset) => new(
                    one.Network, one.Asset, asset.Symbol, asset.Decimals, wellKnown.Contains(one.Network, one.Asset),
                    verdicts.GetValueOrDefault(one.Asset), marked.GetValueOrDefault(one.Asset));
            })
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("limit-out-of-range", "cursor-invalid")
            .WithName("ListAssets")
            .WithTags("Portfolio")
            .WithSummary("Lists the assets that the caller's addresses ever held, and which of them count")
            .WithDescription("Anyone can send anyone a token of any name. Left out of values are tokens written like a well-known coin that are "
                + "none, whose name is an advertisement, and those on no list that came unasked; each with its reason. Your word outranks it: "
                + "`PUT /api/v1/assets/verdicts`.");

    private static bool IsBeyond(PagePlace place, (string Network, string Asset) one)
    {
        var order = string.CompareOrdinal(one.Network, place.Key<string>(0));
        order = order != 0 ? order : string.CompareOrdinal(one.Asset, place.Key<string>(1));
        return place.Backward ? order < 0 : order > 0;
    }
}
