using EventSourcing;
using Messaging;
using Contract = Contracts.Contract;

namespace Wallets;

/// <summary>What other services are told of this one's log: wallets, addresses, labels of transactions; nothing of users and keys.</summary>
internal sealed class WalletsContractMap : IContractMap
{
    public Contract? Map(StoredEvent stored) => stored.Data switch
    {
        WalletEvent.WalletCreated e => new Contracts.WalletCreated(e.WalletId, e.OwnerId, e.Label, e.At),
        WalletEvent.WalletRenamed e => new Contracts.WalletRenamed(e.WalletId, e.Label, e.At),
        WalletEvent.AddressImported e => new Contracts.AddressImported(e.WalletId, e.AddressId, e.Network, e.Address, e.Label, e.At),
        WalletEvent.AddressLabelled e => new Contracts.AddressLabelled(e.WalletId, e.AddressId, e.Label, e.At),
        WalletEvent.WalletTagged e => new Contracts.WalletTagged(e.WalletId, e.Tags, e.At),
        WalletEvent.AddressTagged e => new Contracts.AddressTagged(e.WalletId, e.AddressId, e.Tags, e.At),
        TransactionLabelEvent.TransactionLabelled e =>
            new Contracts.TransactionLabelled(e.OwnerId, e.Network, e.Txid, e.Label, e.Tags, e.Note, e.At),
        WalletEvent.AddressRemoved e => new Contracts.AddressRemoved(e.WalletId, e.AddressId, e.At),
        WalletEvent.SyncRequested e => new Contracts.SyncRequested(e.WalletId, e.At),
        WalletEvent.SyncCancelRequested e => new Contracts.SyncCancelRequested(e.WalletId, e.At),
        WalletEvent.WalletDeleted e => new Contracts.WalletDeleted(e.WalletId, e.At),
        // All that a reader from the beginning meets of it, and one that a backup has set back before the deletion.
        WalletEvent.WalletErased e => new Contracts.WalletDeleted(e.WalletId, stored.Timestamp),
        _ => null,
    };
}
