using Contracts;
using Shouldly;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>Blocks below the safe depth are asked for once, whichever address they concern and whichever process asks.</summary>
public sealed class NamingBlocksAgain(BothDialects sync) : IClassFixture<BothDialects>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_process_that_starts_anew_knows_the_blocks_that_another_was_told()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        var address = addresses[0];
        await sync.Mine(15);
        await sync.Sync(wallet);
        await sync.UntilPlaced(wallet);
        (await BlocksAsked()).ShouldBeGreaterThan(0);

        await sync.Pages.StoreAsync(ct);
        var id = (Guid)(await sync.Execute("select address_id from ledger_trackers where wallet_id = $1", wallet))!;
        await sync.Tell(new AddressRemoved(wallet, id, DateTimeOffset.UtcNow));
        await sync.Forget();
        await sync.Script.ResetCountersAsync(ct);

        var another = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(another, Guid.CreateVersion7(), "another", DateTimeOffset.UtcNow), SyncParts.Imported(another, address));
        await sync.Sync(another, Triggers.Import);
        await sync.UntilPlaced(another);

        await sync.ShouldBeTrue(address);
        (await BlocksAsked()).ShouldBe(0);
    }

    private async Task<int> BlocksAsked() =>
        (await sync.Script.LastRequestsAsync(ct)).Count(request => request.Path.Split("/blocks/") is [_, var height] && long.TryParse(height, out _));
}
