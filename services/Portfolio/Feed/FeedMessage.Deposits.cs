using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Portfolio.Deposits;

namespace Portfolio.Feed;

/// <summary>What every message about a deposit says: the whole deposit as it is by then.</summary>
internal abstract record DepositMessage : FeedMessage
{
    [Description("The deposit's id, the same in all messages about it and in `GET /deposits/{id}`.")]
    public Guid DepositId { get; init; }

    [Description("The address's id in the wallet.")]
    public Guid AddressId { get; init; }

    [Description("The network's slug.")]
    public string Network { get; init; } = "";

    [Description("The address that is paid.")]
    public string Address { get; init; } = "";

    [Description("The transaction's id.")]
    public string Txid { get; init; } = "";

    [Description("The CAIP-19 id of what is paid.")]
    public string Asset { get; init; } = "";

    [Description("What the address gains.")]
    public Money? Amount { get; init; }

    [Description("Where the deposit stands.")]
    [AllowedValues(DepositStatus.Pending, DepositStatus.Processing, DepositStatus.Completed, DepositStatus.Orphaned, DepositStatus.Replaced,
        DepositStatus.Dropped)]
    public string Status { get; init; } = "";

    [Description("Blocks from the transaction's to the tip, both counted; 0 while it is in none.")]
    public long Confirmations { get; init; }

    [Description("How many confirmations complete it.")]
    public int Required { get; init; }

    [Description("The height of the transaction's block; null while it is in none.")]
    public long? Height { get; init; }

    [Description("The hash of the transaction's block; null while it is in none, and while nobody has told the block's name.")]
    public string? BlockHash { get; init; }
}

/// <content>What is told of deposits.</content>
internal abstract partial record FeedMessage
{
    /// <summary>A deposit is new, or other than it was told: it is in a block now, in another one, back in the chain, or of another amount.</summary>
    [Description("A deposit is new, or other than it was told: it is in a block now, in another one, back in the chain, or of another amount.")]
    public sealed record DepositUpdate : DepositMessage;

    /// <summary>A deposit has another number of confirmations. Told up to the number that completes it.</summary>
    [Description("A deposit has another number of confirmations. Told up to the number that completes it.")]
    public sealed record ConfirmationUpdate : DepositMessage;

    /// <summary>A deposit has the confirmations it needs.</summary>
    [Description("A deposit has the confirmations it needs.")]
    public sealed record DepositCompleted : DepositMessage;

    /// <summary>A reorganisation took the deposit's transaction out of the chain; it may come back.</summary>
    [Description("A reorganisation took the deposit's transaction out of the chain; it may come back.")]
    public sealed record DepositOrphaned : DepositMessage
    {
        [Description("The id of the message that this one takes back: the deposit's completion, or where it was not completed the last message " +
            "about it; null where nothing was told of it, because it lay in the chain when the address was imported.")]
        public Guid? Cancels { get; init; }
    }

    /// <summary>A pending deposit can never be in a block any more: another transaction spends one of its coins.</summary>
    [Description("A pending deposit can never be in a block any more: another transaction spends one of its coins.")]
    public sealed record DepositReplaced : DepositMessage
    {
        [Description("The id of the transaction that takes its place, whether it pays the address or not.")]
        public string ReplacedBy { get; init; } = "";
    }

    /// <summary>A pending deposit was not seen any more; it may come back.</summary>
    [Description("A pending deposit was not seen any more; it may come back.")]
    public sealed record DepositDropped : DepositMessage;
}
