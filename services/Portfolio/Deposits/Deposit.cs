using System.Globalization;
using System.Numerics;
using Chains;
using EventSourcing;
using Portfolio.Feed;

namespace Portfolio.Deposits;

/// <summary>What a deposit is: a payment of one asset by one transaction to one address of a wallet.</summary>
internal sealed record DepositKey(
    Guid UserId, Guid WalletId, Guid AddressId, Guid LedgerId, string Network, string Address, string Txid, string Asset)
{
    /// <summary>The same for the same payment, on every machine and for ever.</summary>
    public Guid Id { get; } = FactId.Of("deposit", AddressId.ToString(), Txid, Asset);
}

/// <summary>
/// A deposit as it was told last. What is told is decided from nothing but that and what is by now, so it does not matter how often, in what
/// pieces and by whom the facts between the two were heard.
/// </summary>
internal sealed record Deposit(DepositKey Key, BigInteger Amount, string Status, int Required, DateTimeOffset FirstSeen, DateTimeOffset UpdatedAt)
{
    public long Confirmations { get; init; }

    public long? Height { get; init; }

    public string? BlockHash { get; init; }

    public string? ReplacedBy { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The message that told it last; null where nothing was told.</summary>
    public Guid? LastMessage { get; init; }

    /// <summary>The message that told its completion, as long as it stands.</summary>
    public Guid? Completion { get; init; }

    private bool IsInBlock => Status is DepositStatus.Processing or DepositStatus.Completed;

    /// <summary>
    /// The deposit as it is by now, and what is to be told to make it so; null where there is none. Nothing differs where nothing is told
    /// and the same deposit comes back.
    /// </summary>
    public static (Deposit? Next, IReadOnlyList<NewEvent> Messages) Decide(Deposit? told, DepositKey key, Sighting now, Asset asset)
    {
        if (told is null && (now.Amount.Sign <= 0 || now.Where is not (Whereabouts.InBlock or Whereabouts.Pending))) return (null, []);
        if (told is null && now is { Where: Whereabouts.InBlock, IsNews: false }) return (Old(key, now), []);

        var deposit = told ?? new Deposit(key, now.Amount, "", now.Required, now.At, now.Now);
        var messages = new List<NewEvent>();
        // That a block is gone is said before what has come instead.
        if (deposit.HasLostItsBlock(now)) deposit = Orphan(deposit);
        deposit = now.Where switch
        {
            Whereabouts.InBlock when now.Amount.Sign > 0 => Place(deposit),
            Whereabouts.Pending when now.Amount.Sign > 0 => Wait(deposit),
            Whereabouts.Replaced => Replace(deposit),
            Whereabouts.Dropped => Drop(deposit),
            // What was seen waiting only, or turned out to pay nothing.
            _ => deposit.Status is DepositStatus.Orphaned ? deposit : Orphan(deposit),
        };
        return (deposit, messages);

        Deposit Place(Deposit before)
        {
            var isInBlock = before.IsInBlock;
            var isElsewhere = isInBlock && before.IsInAnotherBlockThan(now);
            var differs = isInBlock && before.Amount != now.Amount;
            var counted = before with
            {
                Amount = now.Amount,
                Status = isInBlock ? before.Status : DepositStatus.Processing,
                Required = now.Required,
                Confirmations = now.Confirmations,
                Height = now.Height,
                BlockHash = now.BlockHash ?? (isElsewhere ? null : before.BlockHash),
                ReplacedBy = null,
            };
            // How deep what is complete is by now is counted when it is read.
            if (before.Status is DepositStatus.Completed && !isElsewhere && !differs)
                counted = counted with { Required = before.Required, Confirmations = before.Confirmations };
            // History is corrected without a word, as it came.
            var isSilent = before.Status is DepositStatus.Completed && before.LastMessage is null;
            if (isSilent) return counted with { UpdatedAt = isElsewhere || differs ? now.Now : before.UpdatedAt };

            var isComplete = counted.Status is DepositStatus.Processing && counted.Confirmations >= counted.Required;
            if (!isInBlock) counted = Tell<FeedMessage.DepositUpdate>(counted, now.At);
            else if (isElsewhere || differs) counted = Tell<FeedMessage.DepositUpdate>(counted, now.Now);
            else if (!isComplete && counted.Confirmations != before.Confirmations) counted = Tell<FeedMessage.ConfirmationUpdate>(counted, now.Now);
            if (!isComplete) return counted;

            counted = Tell<FeedMessage.DepositCompleted>(counted with { Status = DepositStatus.Completed, CompletedAt = now.Now }, now.Now);
            return counted with { Completion = counted.LastMessage };
        }

        Deposit Wait(Deposit before) =>
            before.Status is DepositStatus.Pending && before.Amount == now.Amount ? before : Tell<FeedMessage.DepositUpdate>(
                before.OutOfBlock(DepositStatus.Pending) with { Amount = now.Amount, Required = now.Required, ReplacedBy = null }, now.At);

        Deposit Replace(Deposit before) =>
            before.Status is DepositStatus.Replaced ? before : Tell<FeedMessage.DepositReplaced>(
                before.OutOfBlock(DepositStatus.Replaced) with { ReplacedBy = now.ReplacedBy }, now.At,
                message => message with { ReplacedBy = now.ReplacedBy ?? "" });

        Deposit Drop(Deposit before) =>
            before.Status is DepositStatus.Dropped ? before : Tell<FeedMessage.DepositDropped>(before.OutOfBlock(DepositStatus.Dropped), now.At);

        Deposit Orphan(Deposit before) => Tell<FeedMessage.DepositOrphaned>(
            before.OutOfBlock(DepositStatus.Orphaned) with { Completion = null, CompletedAt = null }, now.Now,
            message => message with { Cancels = before.Completion ?? before.LastMessage });

        Deposit Tell<T>(Deposit next, DateTimeOffset at, Func<T, T>? more = null) where T : DepositMessage, new()
        {
            var message = new T
            {
                WalletId = next.Key.WalletId,
                OccurredAt = at,
                DepositId = next.Key.Id,
                AddressId = next.Key.AddressId,
                Network = next.Key.Network,
                Address = next.Key.Address,
                Txid = next.Key.Txid,
                Asset = next.Key.Asset,
                Amount = Money.Of(new(next.Amount), asset),
                Status = next.Status,
                Confirmations = next.Confirmations,
                Required = next.Required,
                Height = next.Height,
                BlockHash = next.BlockHash,
            };
            var id = next.NameOf<T>();
            messages.Add(new NewEvent(id, more is null ? message : more(message)));
            return next with { LastMessage = id, UpdatedAt = now.Now };
        }
    }

    // What lay in the chain when the address was imported is complete, and nobody is told.
    private static Deposit Old(DepositKey key, Sighting now) =>
        new(key, now.Amount, DepositStatus.Completed, now.Required, now.At, now.At)
        {
            Confirmations = now.Confirmations,
            Height = now.Height,
            BlockHash = now.BlockHash,
            CompletedAt = now.At,
        };

    // A completed deposit that is in another block by now was out of the chain in between, whether anybody saw it or not; that is said
    // where it has to wait again.
    private bool HasLostItsBlock(Sighting now) => IsInBlock && (
        now.Where is not Whereabouts.InBlock || now.Amount.Sign <= 0
        || (Status is DepositStatus.Completed && IsInAnotherBlockThan(now) && now.Confirmations < now.Required));

    private bool IsInAnotherBlockThan(Sighting now) =>
        Height != now.Height || (BlockHash is not null && now.BlockHash is not null && BlockHash != now.BlockHash);

    private Deposit OutOfBlock(string status) => this with { Status = status, Confirmations = 0, Height = null, BlockHash = null };

    /// <summary>
    /// A fact's name holds the name of the one before, so that the same number of confirmations after another one is another fact; what is
    /// told anew after a backup was restored has the same name only if it is the same.
    /// </summary>
    private Guid NameOf<T>() where T : DepositMessage => FactId.Of(
        "feed", EventTypes.AliasOf(typeof(T)), Key.Id.ToString(), LastMessage?.ToString() ?? "", Status,
        Amount.ToString(CultureInfo.InvariantCulture), Confirmations.ToString(CultureInfo.InvariantCulture),
        Required.ToString(CultureInfo.InvariantCulture), Height?.ToString(CultureInfo.InvariantCulture) ?? "", BlockHash ?? "", ReplacedBy ?? "");
}
