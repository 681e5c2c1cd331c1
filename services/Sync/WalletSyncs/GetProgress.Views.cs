using System.ComponentModel.DataAnnotations;
using System.ComponentModel;
using ServiceDefaults;
using Sync.Ledgers;
using Sync.Reconciliation;

namespace Sync.WalletSyncs;

internal static partial class GetProgress
{
    /// <summary>How far a wallet is. A percentage is never shown lower for the same run, an unknown end is null.</summary>
    public sealed record SyncProgressView(
        [property: Description("The wallet's id.")] Guid WalletId,
        [property: Description(
            "`queued`: something is to be read and no run has begun; `paused`: its owner cancelled; `idle`: all is read and checked regularly."),
            AllowedValues("idle", "queued", "syncing", "waiting", "paused")]
        string Status,
        [property: Description(
            "The share of the known transactions that were read, 0 to 100, or of the addresses while some were not asked about; for one run never " +
            "lower than before.")] int Percent,
        [property: Description("Transactions that were read.")] long Found,
        [property: Description("Transactions that a provider counts and that were not read yet.")] long Remaining,
        [property: Description("How many addresses the wallet holds.")] long AddressCount,
        [property: Description("How many of them were read and compared with a provider's balance.")] long SyncedCount,
        [property: Description("Why it waits or is paused.")] string? Reason,
        [property: Description("When something happens next by itself.")] DateTimeOffset? NextTry,
        [property: Description(
            "When the run is expected to end at the pace measured, stated waits included; null where that is not known.")] DateTimeOffset? Eta,
        [property: Description("The same in seconds from now.")] long? EtaSeconds,
        [property: Description(
            "The earliest instant since when one of its addresses could not be checked because no provider answers; null while all are.")]
            DateTimeOffset? StaleSince,
        [property: Description("A page of its addresses, in the order of their import.")] IReadOnlyList<AddressProgressView> Addresses,
        [property: Description(PageTexts.HasMore)] bool HasMore,
        [property: Description(PageTexts.Next)] string? Next,
        [property: Description(PageTexts.Prev)] string? Prev);

    /// <summary>How far one address of a wallet is.</summary>
    public sealed record AddressProgressView(
        [property: Description("The address's id in the wallet.")] Guid AddressId,
        [property: Description("The network's slug.")] string Network,
        [property: Description("The address.")] string Address,
        [property: Description("What is being done with it, or what the last comparison found."),
            AllowedValues("queued", "syncing", "waiting", "paused", Verdicts.Verified, Verdicts.Explained, Verdicts.Mismatch)]
        string Status,
        [property: Description("The share of its transactions that were read, 0 to 100; for one run never lower than before.")] int Percent,
        [property: Description("Transactions that were read.")] long Found,
        [property: Description("Transactions that a provider counts; null until one was asked.")] long? Expected,
        [property: Description("Transactions not read yet; null until a provider was asked.")] long? Remaining,
        [property: Description("Pages of its history that the run has read; for one run never fewer than before.")] long Pages,
        [property: Description("What the last comparison of the derived with a reported balance found; null before the first one."),
            AllowedValues(Verdicts.Verified, Verdicts.Explained, Verdicts.Mismatch)]
        string? Verdict,
        [property: Description("The height of the tip at which that was last told.")] long? VerifiedHeight,
        [property: Description("When its last check began, also one that found everything as it was.")] DateTimeOffset? CheckedAt,
        [property: Description("Why it waits or is paused.")] string? Reason,
        [property: Description("When it is tried again by itself.")] DateTimeOffset? NextTry,
        [property: Description("When its history is expected to be whole; null where that is not known.")] DateTimeOffset? Eta,
        [property: Description("The same in seconds from now.")] long? EtaSeconds,
        [property: Description("Since when it could not be checked because no provider answers; null while it is.")] DateTimeOffset? StaleSince,
        [property: Description("The last comparison with a second provider; null where there was none.")] CrossCheckView? CrossCheck,
        [property: Description("How many transactions are listed and cannot be read; everything around them is.")] long GapCount,
        [property: Description("The oldest of them, at most five.")] IReadOnlyList<GapView> Gaps);

    /// <summary>A transaction that is listed and cannot be read.</summary>
    public sealed record GapView(
        [property: Description("The transaction's id.")] string Txid,
        [property: Description("The height at which it is listed.")] long Height,
        [property: Description("The provider that listed it.")] string Provider,
        [property: Description("Why it cannot be read.")] string Reason,
        [property: Description("When every provider is asked for it again.")] DateTimeOffset NextTry);

    /// <summary>What comparing an address's transactions with a second provider came to.</summary>
    public sealed record CrossCheckView(
        [property: Description("The provider with whom the address was verified.")] string Provider,
        [property: Description("The second provider.")] string By,
        [property: Description("When they were compared.")] DateTimeOffset At,
        [property: Description("Up to this height.")] long Height,
        [property: Description("How many of the transactions, the newest ones.")] long Transactions,
        [property: Description("Whether both tell the same.")] bool Agrees,
        [property: Description("The oldest transaction that differs; null where they agree.")] string? FirstTxid,
        [property: Description("Its height.")] long? FirstHeight,
        [property: Description("`not-told` by the second one, `not-known` here, at an `other-height`, of an `other-amount`; null where they agree."),
            AllowedValues(FirstDifference.NotTold, FirstDifference.NotKnown, FirstDifference.OtherHeight, FirstDifference.OtherAmount)]
        string? FirstKind);
}
