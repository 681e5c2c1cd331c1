using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>The story the demo tells: a wallet of two addresses is synced, proven and readable, and a third joins it.</summary>
public sealed class DemoWallet
{
    private const string Quiet = "bc1q0sg9rdst255gtldsmcf8rk0764avqy2h2ksqs5";
    private const string Busy = "12xQ9k5ousS8MqNsMBqHKtjAtCuKezm2Ju";
    private const string Third = "bc1qm34lsc65zpw79lxes69zkqmk6ee3ewf0j77s3h";

    [Fact]
    public async Task a_wallet_is_synced_from_import_to_verified_and_told_as_it_is()
    {
        await using var system = await WholeSystem.Start(null, "--demo");
        var user = await system.NewUser();
        var wallet = await user.CreateWallet("btc_wallet_001");
        await user.Import(wallet, Quiet);
        await user.Import(wallet, Busy);

        await user.UntilVerified(wallet);
        await system.UntilTrue(user, wallet, Quiet);
        await system.UntilTrue(user, wallet, Busy);

        await user.Import(wallet, Third);
        await user.UntilVerified(wallet);
        await system.UntilTrue(user, wallet, Third);
        await system.NoEventIsThereTwice("sync");

        foreach (var process in system.Processes) await process.Stop();
        system.Processes.ShouldAllBe(process => !process.IsRunning);
    }
}
