namespace Wallets;

/// <summary>An address has these tags from now on.</summary>
internal static class TagAddress
{
    public sealed record Command(Guid AddressId, IReadOnlyList<string> Tags, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        return wallet.RequireAddress(command.AddressId).Tags.SequenceEqual(command.Tags)
            ? []
            : [new WalletEvent.AddressTagged(wallet.Id, command.AddressId, command.Tags, command.At)];
    }
}
