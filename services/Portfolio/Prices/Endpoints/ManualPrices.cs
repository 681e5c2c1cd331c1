using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Prices.Endpoints;

/// <summary>The prices that a user set.</summary>
internal static class ManualPrices
{
    public const string Columns = "price_id, asset, currency, value, from_day, to_day, note, set_at";

    public static DomainException NotFound() => new("price-not-found", "You set no such price.");

    /// <summary>A price counts for all of a user's wallets, so a key for some of them cannot set it.</summary>
    /// <exception cref="DomainException"><c>forbidden</c>.</exception>
    public static void RequireWhole(Caller caller)
    {
        if (caller.Wallets is not null)
            throw new DomainException("forbidden", "A price counts for all of your wallets, and this key is for some of them only.");
    }

    /// <exception cref="DomainException"><c>price-not-found</c>.</exception>
    public static async Task<ManualPrice> RequireAsync(NpgsqlDataSource database, Caller caller, Guid id, CancellationToken ct) =>
        await database.QueryFirstOrDefaultAsync<ManualPrice>(
            $"select {Columns} from manual_prices where price_id = @id and user_id = @UserId", new { id, caller.UserId }, ct) ?? throw NotFound();
}
