using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;

namespace Portfolio.Deposits;

/// <summary>A payment to one address of a wallet, and where it stands.</summary>
public sealed record DepositView(
    [property: Description("The deposit's id, the same in all messages about it.")] Guid Id,
    [property: Description("The wallet's id.")] Guid WalletId,
    [property: Description("The address's id in the wallet.")] Guid AddressId,
    [property: Description("The network's slug.")] string Network,
    [property: Description("The address that is paid.")] string Address,
    [property: Description("What you call the address, if anything.")] string? Label,
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The CAIP-19 id of what is paid.")] string Asset,
    [property: Description("What the address gains.")] Money Amount,
    [property: Description("`pending`: in no block yet; `processing`: in a block, with fewer confirmations than required; `completed`; `orphaned`: " +
        "its block was taken out of the chain, or it turned out to be none; `replaced`: another transaction spends one of its coins; `dropped`: " +
        "not seen any more before it was in a block. All but `replaced` may go on from there."),
    AllowedValues(DepositStatus.Pending, DepositStatus.Processing, DepositStatus.Completed, DepositStatus.Orphaned, DepositStatus.Replaced,
        DepositStatus.Dropped)]
    string Status,
    [property: Description("Blocks from the transaction's to the known tip, both counted; 0 while it is in none.")] long Confirmations,
    [property: Description("How many confirmations complete it.")] int Required,
    [property: Description("The height of the transaction's block; null while it is in none.")] long? Height,
    [property: Description("The hash of the transaction's block; null while it is in none, and while nobody has told the block's name.")]
    string? BlockHash,
    [property: Description("The id of the transaction that takes its place, where it is `replaced`.")] string? ReplacedBy,
    [property: Description("When it was first seen; the block's time where it was met in a block.")] DateTimeOffset FirstSeenAt,
    [property: Description("When it last became other than it was, but for the number of confirmations once it is completed.")]
    DateTimeOffset UpdatedAt,
    [property: Description("When it was completed; the block's time of what lay in the chain when the address was imported.")]
    DateTimeOffset? CompletedAt)
{
    internal static DepositView Of(Deposit deposit, long? tip, string? label, Asset asset) => new(
        deposit.Key.Id, deposit.Key.WalletId, deposit.Key.AddressId, deposit.Key.Network, deposit.Key.Address, label, deposit.Key.Txid, asset.Caip19,
        Money.Of(new(deposit.Amount), asset), deposit.Status, Sighting.ConfirmationsOf(deposit.Height, tip), deposit.Required, deposit.Height,
        deposit.BlockHash, deposit.ReplacedBy, deposit.FirstSeen, deposit.UpdatedAt, deposit.CompletedAt);
}
