using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Serialization;
using EventSourcing;
using ServiceDefaults;

namespace Wallets;

internal abstract record WalletEvent : WalletsEvent
{
    private WalletEvent() { }

    public sealed record WalletCreated(Guid WalletId, Guid OwnerId, string Label, DateTimeOffset At) : WalletEvent;

    public sealed record WalletRenamed(Guid WalletId, string Label, DateTimeOffset At) : WalletEvent;

    /// <summary><paramref name="Network"/> is a slug and <paramref name="Address"/> canonical, so that equal texts are equal scripts.</summary>
    public sealed record AddressImported(
        Guid WalletId, Guid AddressId, string Network, string Address, string? Label, DateTimeOffset At) : WalletEvent
    {
        /// <summary>The source that it was derived from; null where it was imported singly.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public SourcePlace? Source { get; init; }
    }

    /// <summary>An address that the wallet held singly is one of a source's.</summary>
    public sealed record AddressRecognised(Guid WalletId, Guid AddressId, SourcePlace Source, DateTimeOffset At) : WalletEvent;

    /// <summary>
    /// A whole wallet joined, as a <paramref name="Descriptor"/> in its one spelling; each of its branches is derived until
    /// <paramref name="GapLimit"/> addresses in a row are unused.
    /// </summary>
    public sealed record SourceAdded(
        Guid WalletId, Guid SourceId, string Network, string Descriptor, string? Label, int GapLimit, DateTimeOffset At) : WalletEvent;

    /// <summary>The source and what was derived from it left; what the wallet held singly stays, as it was.</summary>
    public sealed record SourceRemoved(Guid WalletId, Guid SourceId, DateTimeOffset At) : WalletEvent;

    public sealed record AddressLabelled(Guid WalletId, Guid AddressId, string? Label, DateTimeOffset At) : WalletEvent;

    /// <summary>All tags that the wallet has from now on.</summary>
    public sealed record WalletTagged(Guid WalletId, IReadOnlyList<string> Tags, DateTimeOffset At) : WalletEvent;

    /// <summary>All tags that the address has from now on.</summary>
    public sealed record AddressTagged(Guid WalletId, Guid AddressId, IReadOnlyList<string> Tags, DateTimeOffset At) : WalletEvent;

    public sealed record AddressRemoved(Guid WalletId, Guid AddressId, DateTimeOffset At) : WalletEvent;

    public sealed record SyncRequested(Guid WalletId, DateTimeOffset At) : WalletEvent;

    public sealed record SyncCancelRequested(Guid WalletId, DateTimeOffset At) : WalletEvent;

    public sealed record WalletDeleted(Guid WalletId, DateTimeOffset At) : WalletEvent;

    /// <summary>All that is left in the stream once every service has let the wallet go.</summary>
    public sealed record WalletErased(Guid WalletId) : WalletEvent
    {
        /// <summary>Null in tombstones from before there was an audit log.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Deletion? Deletion { get; init; }
    }
}

internal enum WalletStatus
{
    Missing,
    Active,
    Deleted,
    Erased,
}

/// <summary>An address as the chain knows it: a network's slug and the canonical text.</summary>
internal readonly record struct ChainAddress(string Network, string Text);

/// <summary>Which address of a source one is: its branch, and its number there, counted from 0.</summary>
internal sealed record SourcePlace(Guid Id, int Branch, int Index);

/// <summary>A whole wallet as a descriptor, and how many addresses of each branch were derived.</summary>
internal sealed record Source(Guid Id, string Network, string Descriptor, string? Label, int GapLimit, DateTimeOffset AddedAt)
{
    public ImmutableDictionary<int, int> Derived { get; init; } = ImmutableDictionary<int, int>.Empty;
}

/// <summary>An address in a wallet. Removed and imported again it has another id.</summary>
internal sealed record TrackedAddress(Guid Id, ChainAddress Place, string? Label, DateTimeOffset ImportedAt)
{
    public IReadOnlyList<string> Tags { get; init; } = [];

    public SourcePlace? Source { get; init; }

    /// <summary>Whether somebody imported it by itself; it stays when the source goes that it belongs to as well.</summary>
    public bool IsSingle { get; init; }
}

/// <summary>A named set of addresses of one owner, any number of networks, each address once.</summary>
internal sealed record Wallet(
    Guid Id, Guid OwnerId, string Label, WalletStatus Status, DateTimeOffset CreatedAt,
    ImmutableDictionary<Guid, TrackedAddress> Addresses, ImmutableDictionary<ChainAddress, Guid> Places) : IAggregate<Wallet, WalletEvent>
{
    public const int MaxAddresses = 10_000;
    public const int MaxSources = 100;

    public static string Category => "wallet";

    public IReadOnlyList<string> Tags { get; init; } = [];

    public ImmutableDictionary<Guid, Source> Sources { get; init; } = ImmutableDictionary<Guid, Source>.Empty;

    public static Wallet Initial { get; } = new(
        Guid.Empty, Guid.Empty, "", WalletStatus.Missing, default,
        ImmutableDictionary<Guid, TrackedAddress>.Empty, ImmutableDictionary<ChainAddress, Guid>.Empty);

    public static Wallet Evolve(Wallet state, WalletEvent @event) => @event switch
    {
        WalletEvent.WalletCreated e => state with
        {
            Id = e.WalletId,
            OwnerId = e.OwnerId,
            Label = e.Label,
            Status = WalletStatus.Active,
            CreatedAt = e.At,
        },
        WalletEvent.WalletRenamed e => state with { Label = e.Label },
        WalletEvent.AddressImported e => state.Reached(e.Source).With(
            new(e.AddressId, new(e.Network, e.Address), e.Label, e.At) { Source = e.Source, IsSingle = e.Source is null }),
        WalletEvent.AddressRecognised e => state.Reached(e.Source).With(state.Addresses[e.AddressId] with { Source = e.Source }),
        WalletEvent.SourceAdded e => state with
        {
            Sources = state.Sources.Add(e.SourceId, new(e.SourceId, e.Network, e.Descriptor, e.Label, e.GapLimit, e.At)),
        },
        WalletEvent.SourceRemoved e => state with
        {
            Sources = state.Sources.Remove(e.SourceId),
            Addresses = state.Addresses.SetItems(state.Addresses.Where(each => each.Value.Source?.Id == e.SourceId)
                .Select(each => KeyValuePair.Create(each.Key, each.Value with { Source = null }))),
        },
        WalletEvent.AddressLabelled e => state.With(state.Addresses[e.AddressId] with { Label = e.Label }),
        WalletEvent.WalletTagged e => state with { Tags = e.Tags },
        WalletEvent.AddressTagged e => state.With(state.Addresses[e.AddressId] with { Tags = e.Tags }),
        WalletEvent.AddressRemoved e => state with
        {
            Addresses = state.Addresses.Remove(e.AddressId),
            Places = state.Places.Remove(state.Addresses[e.AddressId].Place),
        },
        WalletEvent.SyncRequested or WalletEvent.SyncCancelRequested => state,
        WalletEvent.WalletDeleted => Initial with { Id = state.Id, OwnerId = state.OwnerId, Status = WalletStatus.Deleted },
        WalletEvent.WalletErased e => Initial with { Id = e.WalletId, Status = WalletStatus.Erased },
        _ => throw new UnreachableException($"Wallet does not know {@event.GetType().Name}."),
    };

    /// <summary>Whether no address has room in it, so that sources may have fewer than are due.</summary>
    public bool IsFull => Addresses.Count >= MaxAddresses;

    /// <summary>The address at this place, if the wallet holds it.</summary>
    public TrackedAddress? At(ChainAddress place) => Places.TryGetValue(place, out var id) ? Addresses[id] : null;

    /// <exception cref="DomainException"><c>wallet-not-found</c>: it never was or is deleted.</exception>
    public void RequireActive()
    {
        if (Status is not WalletStatus.Active) throw new DomainException("wallet-not-found", "There is no such wallet.");
    }

    /// <exception cref="DomainException"><c>address-not-found</c>.</exception>
    public TrackedAddress RequireAddress(Guid addressId) =>
        Addresses.GetValueOrDefault(addressId) ?? throw new DomainException("address-not-found", "The wallet has no such address.");

    /// <exception cref="DomainException"><c>source-not-found</c>.</exception>
    public Source RequireSource(Guid sourceId) =>
        Sources.GetValueOrDefault(sourceId) ?? throw new DomainException("source-not-found", "The wallet has no such source.");

    // A source that is gone was the place's once.
    private Wallet Reached(SourcePlace? place) => place is null || !Sources.TryGetValue(place.Id, out var source) ? this : this with
    {
        Sources = Sources.SetItem(place.Id, source with
        {
            Derived = source.Derived.SetItem(place.Branch, Math.Max(source.Derived.GetValueOrDefault(place.Branch), place.Index + 1)),
        }),
    };

    private Wallet With(TrackedAddress address) => this with
    {
        Addresses = Addresses.SetItem(address.Id, address),
        Places = Places.SetItem(address.Place, address.Id),
    };
}
