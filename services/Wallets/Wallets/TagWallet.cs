namespace Wallets;

/// <summary>A wallet has these tags from now on.</summary>
internal static class TagWallet
{
    public sealed record Command(IReadOnlyList<string> Tags, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        return wallet.Tags.SequenceEqual(command.Tags) ? [] : [new WalletEvent.WalletTagged(wallet.Id, command.Tags, command.At)];
    }
}
