using Wallets;

namespace Unit.Wallets;

/// <summary>What happened before, and the moments it happened at.</summary>
internal static class Given
{
    public static readonly Guid WalletId = new("0190aaaa-0000-7000-8000-000000000001");
    public static readonly Guid OwnerId = new("0190aaaa-0000-7000-8000-000000000002");
    public static readonly Guid AddressId = new("0190aaaa-0000-7000-8000-000000000003");
    public static readonly DateTimeOffset Earlier = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Now = Earlier.AddHours(1);
    public static readonly ChainAddress Genesis = new("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");

    public static WalletEvent Created { get; } = new WalletEvent.WalletCreated(WalletId, OwnerId, "Savings", Earlier);

    public static WalletEvent Imported { get; } =
        new WalletEvent.AddressImported(WalletId, AddressId, Genesis.Network, Genesis.Text, "First", Earlier);

    public static WalletEvent Removed { get; } = new WalletEvent.AddressRemoved(WalletId, AddressId, Earlier);

    public static WalletEvent Deleted { get; } = new WalletEvent.WalletDeleted(WalletId, Earlier);

    public static Wallet Wallet(params ReadOnlySpan<WalletEvent> events)
    {
        var wallet = global::Wallets.Wallet.Initial;
        foreach (var @event in events) wallet = global::Wallets.Wallet.Evolve(wallet, @event);
        return wallet;
    }
}
