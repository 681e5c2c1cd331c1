using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>What a channel says beside the messages of the feed.</summary>
internal abstract record FeedWord
{
    private FeedWord() { }

    [Description("Which of these it is.")]
    public abstract string Type { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Description("The subscription it is about, by the `id` that the client gave it; absent where it gave none.")]
    public string? Subscription { get; init; }

    [Description("The stream begins: what is behind this position comes next, then what happens.")]
    internal sealed record Ready([property: Description("Where it begins.")] string Position) : FeedWord
    {
        public override string Type => "ready";
    }

    [Description("The position asked for, or the one reached, is none of this feed. The stream goes on by itself from the position given; read the " +
        "lists you need again (deposits, balances, transactions), since what happened in between is not told one by one.")]
    internal sealed record Reset(
        [property: Description("Where the stream goes on.")] string Position,
        [property: Description("`restored`: a backup was restored that holds less than was read; `unknown-epoch`: no such backup is known; " +
            "`beyond-head`: nothing so new is there; `trimmed`: nothing so old is kept.")] string Reason,
        [property: Description("The same for people.")] string Detail) : FeedWord
    {
        public override string Type => "reset";
    }

    [Description("The server ends the stream, as it does when it is replaced by a newer one. Connect again and go on after the position.")]
    internal sealed record Closing([property: Description("The last position.")] string Position) : FeedWord
    {
        public override string Type => "closing";
    }

    [Description("The answer to `ping`.")]
    internal sealed record Pong([property: Description("How far the subscription is; null where there is none.")] string? Position) : FeedWord
    {
        public override string Type => "pong";
    }

    [Description("The subscription has ended, as the client asked.")]
    internal sealed record Unsubscribed([property: Description("How far it came.")] string Position) : FeedWord
    {
        public override string Type => "unsubscribed";
    }

    /// <summary>What begins a stream, or has it go on elsewhere.</summary>
    public static FeedWord Of(FeedSignal signal, string? subscription = null) => signal switch
    {
        FeedSignal.Ready ready => new Ready(ready.Position.ToString()) { Subscription = subscription },
        FeedSignal.Reset reset => new Reset(reset.Position.ToString(), reset.Reason, FeedResets.Detail(reset.Reason)) { Subscription = subscription },
        _ => throw new ArgumentException($"{signal.GetType().Name} is no word but a message.", nameof(signal)),
    };

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, GetType(), ApiJson.Options);
}
