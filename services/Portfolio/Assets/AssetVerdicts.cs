using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Assets;

/// <summary>What a user says of an asset, against what it is marked as.</summary>
internal static class AssetVerdicts
{
    private const int LongestAsset = 256;
    private const int Most = 10_000;

    public sealed record Request(
        [property: Description("The asset's CAIP-19 id.")] string Asset,
        [property: Description("`trusted` counts whatever it is marked as, `spam` counts for nothing; null takes back what was said."),
            AllowedValues("trusted", "spam")] string? Verdict);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPut("/api/v1/assets/verdicts", async Task<NoContent> (
                Request request, Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
            {
                if (caller.Wallets is not null)
                    throw new DomainException("forbidden", "What an asset is counts in all of your wallets; a key for some of them may not say it.");
                if (request.Asset is null or "" || request.Asset.Length > LongestAsset || !request.Asset.Contains('/', StringComparison.Ordinal))
                    throw new DomainException(
                        "invalid-body", "'asset' is a CAIP-19 id, such as eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7.", "/asset");
                if (request.Verdict is not (null or "trusted" or "spam"))
                    throw new DomainException("invalid-body", "'verdict' is 'trusted', 'spam' or null.", "/verdict");
                var args = new { owner = caller.UserId, asset = request.Asset, verdict = request.Verdict, most = Most };
                if (request.Verdict is null)
                    await database.ExecuteAsync("delete from asset_verdicts where user_id = @owner and asset = @asset", args, ct);
                else if (await database.ExecuteAsync("""
                    insert into asset_verdicts (user_id, asset, verdict) select @owner, @asset, @verdict
                    where (select count(*) from asset_verdicts where user_id = @owner and asset <> @asset) < @most
                    on conflict (user_id, asset) do update set verdict = excluded.verdict, decided_at = now()
                    """, args, ct) == 0)
                    throw new DomainException("too-many", $"A user says of at most {Most} assets what they are.");
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithProblems("invalid-body", "too-many", "forbidden")
            .WithExample(new { asset = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7", verdict = "trusted" })
            .WithName("SetAssetVerdict")
            .WithTags("Portfolio")
            .WithSummary("Says of an asset that it is trusted, or spam")
            .WithDescription("It outranks what the asset is marked as, in every figure from the next request on.");

    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(NpgsqlDataSource database, Guid user, CancellationToken ct) =>
        (await database.QueryAsync<(string Asset, string Verdict)>(
            "select asset, verdict from asset_verdicts where user_id = @user", new { user }, ct)).ToDictionary(row => row.Asset, row => row.Verdict);
}
