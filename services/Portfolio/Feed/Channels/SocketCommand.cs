using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>What a client says on a socket.</summary>
[Description("What a client says: `subscribe`, `unsubscribe` or `ping`.")]
internal sealed record SocketCommand(
    [property: Description("What to do. A second `subscribe` with the same `id` takes the place of the first."),
        AllowedValues(SocketCommand.Subscribe, SocketCommand.Unsubscribe, SocketCommand.Ping)] string Action,
    [property: Description("The client's name for a subscription, of up to 64 characters, which its messages carry as `subscription`; may be left " +
        "out where there is but one.")] string? Id = null,
    [property: Description("Only messages about these wallets; all that the key may see when left out.")] IReadOnlyList<Guid>? Wallets = null,
    [property: JsonPropertyName("wallet_address"), Description("Only messages about this address of one of your wallets.")]
    string? WalletAddress = null,
    [property: Description("Only messages of these types; all when left out.")] IReadOnlyList<string>? Types = null,
    [property: Description("The `position` of the last message you have: what came since comes first. Without it the subscription begins now.")]
    string? After = null)
{
    public const string Subscribe = "subscribe";
    public const string Unsubscribe = "unsubscribe";
    public const string Ping = "ping";
    private const int LongestId = 64;

    // What is mistyped must not look like what it is not.
    private static readonly JsonSerializerOptions Strict = new(ApiJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <exception cref="JsonException">It is no command.</exception>
    /// <exception cref="DomainException"><c>invalid-body</c>.</exception>
    public static SocketCommand Read(ReadOnlySpan<byte> json)
    {
        var command = JsonSerializer.Deserialize<SocketCommand>(json, Strict) ?? throw Wrong("", "A command is an object.");
        if (command.Id is { Length: 0 or > LongestId }) throw Wrong("/id", $"An id has 1 to {LongestId} characters.");
        var texts = new[] { command.Id, command.WalletAddress, command.After }.Concat(command.Types ?? []);
        if (texts.Any(text => text is not null && !StorableText.Is(text))) throw Wrong("", "A text holds a zero character, or half a character.");
        return command.Action is Subscribe or Unsubscribe or Ping
            ? command
            : throw Wrong("/action", $"The actions are {Subscribe}, {Unsubscribe} and {Ping}.");
    }

    private static DomainException Wrong(string pointer, string detail) => new("invalid-body", detail, pointer);
}
