using ServiceDefaults;

namespace Sync;

/// <summary>How syncing is paced, at <c>Sync</c>.</summary>
internal sealed class SyncOptions : IValidated
{
    public const string Section = "Sync";

    /// <summary>
    /// The networks whose slices this process fetches; all that are configured where none is named. Whatever it fetches, it
    /// decides for all of them, so it needs the providers of all.
    /// </summary>
    public List<string> Networks { get; set; } = [];

    /// <summary>A slice ends after this long and queues behind the others.</summary>
    public int SliceSeconds { get; set; } = 5;

    /// <summary>A slice that ends in no other way may be taken over after this long; what it asks of providers is cut short before.</summary>
    public int LeaseSeconds { get; set; } = 40;

    /// <summary>How often an address is checked for changes; about a tenth of it is jitter.</summary>
    public int CheckSeconds { get; set; } = 120;

    /// <summary>The same where the network's follower tells all that touches an address, and is not late.</summary>
    public int FollowedCheckSeconds { get; set; } = 1_800;

    /// <summary>The same where it tells all but what moves unseen: what contracts pay on a chain of accounts.</summary>
    public int PartlyFollowedCheckSeconds { get; set; } = 600;

    /// <summary>A pending transaction that no provider knows any more, and whose coins nobody spends, is dropped after this long.</summary>
    public int DroppedAfterSeconds { get; set; } = 3_600;

    /// <summary>How blocks are followed.</summary>
    public FollowOptions Follow { get; set; } = new();

    /// <summary>Wait after a first failure; doubled with each further one.</summary>
    public int RetrySeconds { get; set; } = 5;

    /// <summary>The longest wait between two tries.</summary>
    public int MaxRetrySeconds { get; set; } = 300;

    /// <summary>So many failures in a row end a sync run as failed; tries go on at the pace of checks.</summary>
    public int FailAfter { get; set; } = 5;

    /// <summary>A slice that was not heard of for so long is sent again.</summary>
    public int AnswerSeconds { get; set; } = 30;

    /// <summary>Addresses of one wallet that are fetched at the same time.</summary>
    public int AddressesAtOnce { get; set; } = 4;

    /// <summary>Slices that one process fetches at the same time, for each network.</summary>
    public int SlicesAtOnce { get; set; } = 4;

    /// <summary>Those of which it is configured who tells.</summary>
    internal string[] Configured { get; set; } = [];

    internal IReadOnlyList<string> Consumes => Consumed(Configured, Networks);

    internal static IReadOnlyList<string> Consumed(IReadOnlyList<string> configured, IReadOnlyList<string> only) =>
        only.Count == 0 ? configured : [.. configured.Intersect(only)];

    public IEnumerable<string> Errors()
    {
        foreach (var network in Networks.Except(Configured)) yield return $"Networks: '{network}' has no providers at Chains:{network}.";
        if (Networks.Count != Networks.Distinct().Count()) yield return "Networks names a network twice.";
        if (SliceSeconds is < 1 or > 30) yield return "SliceSeconds must be 1 to 30.";
        if (LeaseSeconds < SliceSeconds + 10 || LeaseSeconds > 600) yield return "LeaseSeconds must be 10 above SliceSeconds and at most 600.";
        if (CheckSeconds is < 1 or > 86_400) yield return "CheckSeconds must be 1 to 86400.";
        if (FollowedCheckSeconds is < 1 or > 86_400) yield return "FollowedCheckSeconds must be 1 to 86400.";
        if (PartlyFollowedCheckSeconds is < 1 or > 86_400) yield return "PartlyFollowedCheckSeconds must be 1 to 86400.";
        if (DroppedAfterSeconds is < 1 or > 2_592_000) yield return "DroppedAfterSeconds must be 1 to 2592000.";
        foreach (var error in Follow.Errors()) yield return $"Follow:{error}";
        if (RetrySeconds is < 1 or > 3_600) yield return "RetrySeconds must be 1 to 3600.";
        if (MaxRetrySeconds < RetrySeconds) yield return "MaxRetrySeconds must not be below RetrySeconds.";
        if (FailAfter is < 1 or > 100) yield return "FailAfter must be 1 to 100.";
        if (AnswerSeconds <= SliceSeconds || AnswerSeconds > 600) yield return "AnswerSeconds must be above SliceSeconds and at most 600.";
        if (AddressesAtOnce is < 1 or > 100) yield return "AddressesAtOnce must be 1 to 100.";
        if (SlicesAtOnce is < 1 or > 100) yield return "SlicesAtOnce must be 1 to 100.";
    }
}

/// <summary>How blocks are followed, at <c>Sync:Follow</c>.</summary>
internal sealed class FollowOptions
{
    /// <summary>Without followers, addresses are checked at the usual pace only.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Away for more blocks than this, a follower has every address checked and goes on at the tip.</summary>
    public int MostBlocks { get; set; } = 500;

    /// <summary>The newest blocks whose hashes are kept: the deepest fork that is found.</summary>
    public int TailBlocks { get; set; } = 500;

    /// <summary>A tip is asked for about once a block, but no less often than this where the provider's budget has room.</summary>
    public int MostPollSeconds { get; set; } = 15;

    /// <summary>How often the mempool is looked through for all addresses; 0 is never.</summary>
    public int MempoolSeconds { get; set; } = 120;

    /// <summary>The same for addresses with a pending transaction, and for those that somebody has just asked for.</summary>
    public int PendingSeconds { get; set; } = 15;

    public IEnumerable<string> Errors()
    {
        if (MostBlocks is < 1 or > 100_000) yield return "MostBlocks must be 1 to 100000.";
        if (TailBlocks is < 10 or > 10_000) yield return "TailBlocks must be 10 to 10000.";
        if (MostPollSeconds is < 1 or > 600) yield return "MostPollSeconds must be 1 to 600.";
        if (MempoolSeconds is < 0 or > 86_400) yield return "MempoolSeconds must be 0 to 86400.";
        if (PendingSeconds is < 1 or > 3_600) yield return "PendingSeconds must be 1 to 3600.";
    }
}
