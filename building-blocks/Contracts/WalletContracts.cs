namespace Contracts;

/// <summary>A user created an empty wallet.</summary>
[SaidBy(Sources.Wallets)]
public sealed record WalletCreated(Guid WalletId, Guid OwnerId, string Label, DateTimeOffset At) : Contract;

/// <summary>A wallet's label changed.</summary>
[SaidBy(Sources.Wallets)]
public sealed record WalletRenamed(Guid WalletId, string Label, DateTimeOffset At) : Contract;

/// <summary>An address joined a wallet; <paramref name="Address"/> is canonical, <paramref name="Network"/> a slug.</summary>
[SaidBy(Sources.Wallets)]
public sealed record AddressImported(
    Guid WalletId, Guid AddressId, string Network, string Address, string? Label, DateTimeOffset At) : Contract;

/// <summary>An address got another label, or none.</summary>
[SaidBy(Sources.Wallets)]
public sealed record AddressLabelled(Guid WalletId, Guid AddressId, string? Label, DateTimeOffset At) : Contract;

/// <summary>A wallet's tags changed: these are all it has now.</summary>
[SaidBy(Sources.Wallets)]
public sealed record WalletTagged(Guid WalletId, IReadOnlyList<string> Tags, DateTimeOffset At) : Contract;

/// <summary>An address's tags changed: these are all it has now.</summary>
[SaidBy(Sources.Wallets)]
public sealed record AddressTagged(Guid WalletId, Guid AddressId, IReadOnlyList<string> Tags, DateTimeOffset At) : Contract;

/// <summary>
/// What a user says of a transaction changed: this is all they say of it now, nothing where there is neither label nor tag nor note.
/// <paramref name="Network"/> is a slug, <paramref name="Txid"/> in the one spelling that the chain's providers use.
/// </summary>
[SaidBy(Sources.Wallets)]
public sealed record TransactionLabelled(
    Guid OwnerId, string Network, string Txid, string? Label, IReadOnlyList<string> Tags, string? Note, DateTimeOffset At) : Contract;

/// <summary>An address left a wallet; importing it again makes a new address id.</summary>
[SaidBy(Sources.Wallets)]
public sealed record AddressRemoved(Guid WalletId, Guid AddressId, DateTimeOffset At) : Contract;

/// <summary>The owner deleted the wallet: every row and stream about it is to go.</summary>
[SaidBy(Sources.Wallets)]
public sealed record WalletDeleted(Guid WalletId, DateTimeOffset At) : Contract;

/// <summary>The owner asked for a sync now; what an earlier cancellation paused goes on.</summary>
[SaidBy(Sources.Wallets)]
public sealed record SyncRequested(Guid WalletId, DateTimeOffset At) : Contract;

/// <summary>The owner wants the present sync to end and what is unfinished to pause.</summary>
[SaidBy(Sources.Wallets)]
public sealed record SyncCancelRequested(Guid WalletId, DateTimeOffset At) : Contract;
