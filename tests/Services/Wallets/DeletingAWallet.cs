using System.Net;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class DeletingAWallet(WalletsService service)
{
    [Fact]
    public async Task it_is_gone_for_its_owner_at_once()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        await client.Post($"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Genesis });

        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, HttpStatusCode.NoContent);

        await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{wallet}", null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{wallet}/addresses", null, "wallet-not-found");
        await client.SendForProblem(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, "wallet-not-found");
        await client.SendForProblem(
            HttpMethod.Post, $"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Segwit }, "wallet-not-found");
        (await client.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task nothing_but_that_it_was_deleted_is_left_once_every_service_has_let_go()
    {
        var me = TestIdentity.Someone();
        using var client = service.As(me);
        var wallet = await client.NewWallet("Secret savings of mine");
        var text = Api.AddressNumber(777_777);
        var address = await client.Post(
            $"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = text, label = "Secret label" });
        await client.Send(HttpMethod.Patch, $"/api/v1/wallets/{wallet}/addresses/{address.Id()}", new { label = "Secreter label" },
            HttpStatusCode.OK);
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/addresses/{address.Id()}", null, HttpStatusCode.NoContent);
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, HttpStatusCode.NoContent);

        var deleted = await PositionOf(wallet, "wallet_deleted");
        await Eventually.Is(async () => await Reason(wallet) == "sync still holds some of it", "Sync is asked first");
        service.Others.Asked.ShouldContain(("sync", wallet, deleted!.Value, 0));
        service.Others.Asked.ShouldNotContain(asked => asked.Service == "portfolio" && asked.Wallet == wallet);

        service.Others.LetGo("sync", wallet);
        await Eventually.Is(async () => await Reason(wallet) == "portfolio still holds some of it", "only one is waited for");
        service.Others.Asked.ShouldContain(("portfolio", wallet, deleted!.Value, WalletsService.Participants.SyncPosition));
        service.Others.Break("portfolio", wallet);
        await Eventually.Is(async () => await Reason(wallet) == "portfolio answered 500", "the reason is what happened last");
        (await PositionOf(wallet, "wallet_created")).ShouldNotBeNull();

        service.Others.LetGo("portfolio", wallet);
        await Eventually.Is(async () => await Reason(wallet) is null, "the wallet is erased");

        (await Events(wallet)).ShouldHaveSingleItem().ShouldMatch($$"""
            ^wallet_erased 6 {"Deletion": {"At": "[^"]+", "By": {"KeyId": "{{me.KeyId}}", "UserId": "{{me.UserId}}"}, "EventId": "[^"]+", "OwnerId": "{{me.UserId}}"}, "WalletId": "{{wallet}}"}$
            """.Trim());
        foreach (var trace in new[] { "secret", address.Id(), text })
            (await DatabaseText.Contains(service.Database.DataSource, trace)).ShouldBeFalse(trace);
    }

    [Fact]
    public async Task what_waits_goes_on_after_a_restart()
    {
        var caller = TestIdentity.Someone();
        Guid wallet;
        using (var client = service.As(caller))
        {
            wallet = await client.NewWallet();
            await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, HttpStatusCode.NoContent);
            await Eventually.Is(async () => await Reason(wallet) is { } reason && reason != "not asked yet", "it waits");
        }

        await service.RestartAsync();
        service.Others.LetGo("sync", wallet);
        service.Others.LetGo("portfolio", wallet);

        await Eventually.Is(async () => await Reason(wallet) is null, "the wallet is erased");
        using var again = service.As(caller);
        await again.SendForProblem(HttpMethod.Post, $"/api/v1/wallets/{wallet}/sync", null, "wallet-not-found");
    }

    [Fact]
    public async Task of_many_deletions_at_once_one_counts()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ =>
            client.DeleteAsync($"/api/v1/wallets/{wallet}", TestContext.Current.CancellationToken)));

        responses.Count(response => response.StatusCode == HttpStatusCode.NoContent).ShouldBe(1);
        responses.Count(response => response.StatusCode == HttpStatusCode.NotFound).ShouldBe(9);
    }

    private async Task<string?> Reason(Guid wallet) => await Scalar("select reason from erasures where wallet_id = $1", wallet) as string;

    private async Task<long?> PositionOf(Guid wallet, string type) =>
        await Scalar("select seq_id from mt_events where stream_id = 'wallet-' || $1 and type = $2", wallet, type) as long?;

    private async Task<string[]> Events(Guid wallet) => (string[])(await Scalar(
        "select array_agg(type || ' ' || version || ' ' || data order by seq_id) from mt_events where stream_id = 'wallet-' || $1", wallet))!;

    private async Task<object?> Scalar(string sql, params object[] values)
    {
        await using var command = service.Database.DataSource.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
