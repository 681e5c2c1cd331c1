using System.Text.Json.Serialization;

namespace Sync.WalletSyncs;

/// <summary>What happened to the syncing of one wallet; its stream is <c>wallet-sync-{WalletId}</c>.</summary>
internal abstract record SyncEvent
{
    private SyncEvent()
    {
    }

    public const string Category = "wallet-sync";

    public sealed record SyncStarted(Guid WalletId, Guid RunId, string Trigger, DateTimeOffset At) : SyncEvent;

    public sealed record SyncWaiting(Guid WalletId, Guid RunId, string Reason, DateTimeOffset Until, DateTimeOffset At) : SyncEvent;

    public sealed record SyncCompleted(Guid WalletId, Guid RunId, long Pages, long Found, DateTimeOffset At) : SyncEvent
    {
        // Nullable: runs that ended before these were recorded lack them.
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Trigger { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? StartedAt { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Requests { get; init; }
    }

    public sealed record SyncFailed(Guid WalletId, Guid RunId, string Reason, DateTimeOffset NextTry, DateTimeOffset At) : SyncEvent
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Trigger { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? StartedAt { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Pages { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Requests { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Found { get; init; }
    }

    /// <summary>The owner ended the run.</summary>
    public sealed record SyncCancelled(
        Guid WalletId, Guid RunId, string Trigger, DateTimeOffset StartedAt, long Pages, long Requests, long Found, DateTimeOffset At) : SyncEvent;

    /// <summary>The tombstone of a deleted wallet's syncing.</summary>
    public sealed record SyncErased(Guid WalletId, DateTimeOffset At) : SyncEvent;
}
