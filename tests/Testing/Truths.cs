using System.Globalization;
using System.Text.Json;
using Npgsql;
using Shouldly;
using Xunit;

namespace Testing;

/// <summary>
/// One transaction of one address, as both the simulator and the gateway tell it; amounts in base units, the block's
/// time in Unix seconds.
/// </summary>
public sealed record TruthLine(string Txid, long Height, long Time, string Delta, string Balance);

/// <summary>Compares what the system answers with what the simulator knows to be true.</summary>
public static class Truths
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Waits until every address of the wallet is verified, and returns the last progress seen.</summary>
    public static Task<JsonElement> UntilVerified(this TestUser user, Guid wallet, TimeSpan? timeout = null) =>
        Eventually.Get(
            () => user.SyncProgress(wallet),
            progress => progress.GetProperty("addressCount").GetInt64() is > 0 and var all
                && progress.GetProperty("syncedCount").GetInt64() == all
                && progress.GetProperty("addresses").EnumerateArray().All(address => address.GetProperty("status").GetString() == "verified"),
            $"every address of wallet {wallet} is verified",
            timeout ?? TimeSpan.FromMinutes(2));

    /// <summary>
    /// Waits until the gateway tells exactly the simulator's truth about an address: the same transactions in the same
    /// order and at their blocks' times, the same changes and running balances, the same balance in sum.
    /// </summary>
    public static async Task UntilTrue(this WholeSystem system, TestUser user, Guid wallet, string address, string network = "bitcoin",
        TimeSpan? timeout = null)
    {
        var addressId = await AddressId(user, wallet, address, network);
        var difference = await Eventually.Get(
            async () => await Difference(system, user, wallet, addressId, address, network),
            static difference => difference is null,
            $"the gateway tells the truth about {address}",
            timeout ?? TimeSpan.FromMinutes(1));
        difference.ShouldBeNull();
    }

    /// <summary>What the simulator knows of an address, newest first.</summary>
    public static async Task<IReadOnlyList<TruthLine>> TruthOf(this WholeSystem system, string address, string network = "bitcoin")
    {
        using var truth = JsonDocument.Parse(await system.Script.GetStringAsync($"/admin/truth/{network}/{address}", Cancellation));
        return
        [
            .. truth.RootElement.GetProperty("transactions").EnumerateArray().Select(line => new TruthLine(
                line.GetProperty("txid").GetString()!, line.GetProperty("height").GetInt64(), line.GetProperty("time").GetInt64(),
                line.GetProperty("delta").GetString()!, line.GetProperty("balance").GetString()!)),
        ];
    }

    /// <summary>What the gateway tells of an address, newest first, read page by page.</summary>
    public static async Task<IReadOnlyList<TruthLine>> ToldOf(this TestUser user, Guid wallet, Guid addressId)
    {
        var lines = new List<TruthLine>();
        await foreach (var line in user.All($"/api/v1/wallets/{wallet}/transactions?address={addressId}"))
        {
            lines.Add(new(
                line.GetProperty("txid").GetString()!, line.GetProperty("height").GetInt64(),
                line.GetProperty("time").GetDateTimeOffset().ToUnixTimeSeconds(),
                Amount(line.GetProperty("result")), Amount(line.GetProperty("balance"))));
        }

        return lines;
    }

    /// <summary>No event stands twice in a service's log, and every stream is in its own order there.</summary>
    public static async Task NoEventIsThereTwice(this WholeSystem system, string service)
    {
        await using var source = NpgsqlDataSource.Create(system.DatabaseOf(service));
        await using var ids = source.CreateCommand("select count(*) - count(distinct id) from mt_events");
        (await ids.ExecuteScalarAsync(Cancellation)).ShouldBe(0L, "event ids");
        await using var order = source.CreateCommand("""
            select count(*) from (
                select version <= lag(version) over (partition by stream_id order by seq_id) as misplaced from mt_events) as events
            where misplaced
            """);
        (await order.ExecuteScalarAsync(Cancellation)).ShouldBe(0L, "events out of their stream's order");
    }

    private static async Task<string?> Difference(WholeSystem system, TestUser user, Guid wallet, Guid addressId, string address, string network)
    {
        var truth = await system.TruthOf(address, network);
        var told = await user.ToldOf(wallet, addressId);
        if (!truth.SequenceEqual(told))
        {
            var at = truth.Zip(told).TakeWhile(pair => pair.First == pair.Second).Count();
            return string.Create(CultureInfo.InvariantCulture,
                $"{told.Count} transactions told, {truth.Count} true; the first difference at {at}: told {told.ElementAtOrDefault(at)}, true " +
                    $"{truth.ElementAtOrDefault(at)}");
        }

        var balance = (await All(user, $"/api/v1/wallets/{wallet}/balances")).Single(entry => entry.GetProperty("addressId").GetGuid() == addressId);
        var expected = truth.Count == 0 ? "0" : truth[0].Balance;
        var derived = Amount(balance.GetProperty("derived"));
        var reported = balance.GetProperty("reported") is { ValueKind: JsonValueKind.Object } money ? Amount(money) : "nothing";
        return derived == expected && reported == expected ? null : $"balance told: derived {derived}, reported {reported}; true: {expected}";
    }

    private static async Task<Guid> AddressId(TestUser user, Guid wallet, string address, string network) =>
        (await All(user, $"/api/v1/wallets/{wallet}/addresses"))
            .Single(entry => entry.GetProperty("address").GetString() == address && entry.GetProperty("network").GetString() == network)
            .GetProperty("id").GetGuid();

    private static async Task<IReadOnlyList<JsonElement>> All(TestUser user, string path)
    {
        var entries = new List<JsonElement>();
        await foreach (var entry in user.All(path)) entries.Add(entry);
        return entries;
    }

    private static string Amount(JsonElement money) => money.ValueKind is JsonValueKind.Null ? "unknown" : money.GetProperty("amount").GetString()!;
}
