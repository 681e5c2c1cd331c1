using EventSourcing;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Services.Wallets;

/// <summary>Two deciders share nothing but the database, as two processes do.</summary>
[Collection(nameof(WalletsService))]
public sealed class DecidingInSeveralProcesses(WalletsService service)
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task whoever_comes_second_decides_again_on_what_is_there()
    {
        var ct = TestContext.Current.CancellationToken;
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        var wallet = await client.NewWallet();
        var store = service.Provider.GetRequiredService<EventStore>();
        using var one = new WalletDecisions(store);
        using var two = new WalletDecisions(store);

        // Each address is imported by both at once.
        var decided = await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(number => new[] { one, two }.Select(decisions =>
            decisions.DecideAsync(caller, wallet, state => ImportAddress.Decide(state, Command(number)), ct))));

        decided.Sum(outcome => outcome.Events.Count).ShouldBe(20);
        (await client.GetOk($"/api/v1/wallets/{wallet}"))["addressCount"]!.GetValue<int>().ShouldBe(20);
        (await client.GetOk($"/api/v1/wallets/{wallet}/addresses"))["data"]!.AsArray().Count.ShouldBe(20);
        (await store.LoadAsync<Wallet, WalletEvent>(wallet, ct)).Version.ShouldBe(21);
    }

    [Fact]
    public async Task who_is_always_late_is_told_so_and_nothing_is_stored()
    {
        var ct = TestContext.Current.CancellationToken;
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        var wallet = await client.NewWallet();
        var store = service.Provider.GetRequiredService<EventStore>();
        using var decisions = new WalletDecisions(store);

        var refusal = await Should.ThrowAsync<DomainException>(decisions.DecideAsync(
            caller, wallet, state => ImportAddress.Decide(state, Command(1)), ct,
            (_, _) => store.AppendAsync(Wallet.Category, wallet, [NewEvent.Fresh(new WalletEvent.SyncRequested(wallet, Now))], ct: ct)));

        refusal.Problem.Code.ShouldBe("conflict");
        (await client.GetOk($"/api/v1/wallets/{wallet}/addresses"))["data"]!.AsArray().ShouldBeEmpty();
    }

    private static ImportAddress.Command Command(int number) =>
        new(Guid.CreateVersion7(), new("bitcoin", Api.AddressNumber(number)), null, Now);
}
