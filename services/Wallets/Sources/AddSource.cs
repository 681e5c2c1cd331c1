using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Chains;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>A whole wallet joins a wallet: its addresses are derived and followed. Adding it again answers with the one there is.</summary>
internal static class AddSource
{
    public const int UsualGapLimit = 20;
    public const int MostGapLimit = 1000;

    // Each address takes a point on the curve for each of its keys, and somebody waits for the first ones.
    private const int MostKeysAtOnce = 20_000;

    // The account that BIP84 takes its addresses from.
    private const string Example =
        "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs";

    public sealed record Request(
        [property: Description("An extended public key (xpub, ypub, zpub, tpub and the like) or an output descriptor. Never a seed phrase or a " +
            "private key.")]
        [property: JsonConverter(typeof(PastedText))] string Text,
        [property: Description("The network's slug or CAIP-2 id, one of the family utxo.")] string Network,
        [property: Description("What to call it, 1 to 100 characters.")] string? Label = null,
        [property: Description("How many addresses in a row are to be unused before a branch counts as ended; 20 unless said otherwise.")]
        [property: Range(1, MostGapLimit)] int? GapLimit = null);

    public sealed record Command(Guid SourceId, Descriptor Descriptor, string? Label, int GapLimit, DateTimeOffset At);

    public static IReadOnlyList<WalletEvent> Decide(Wallet wallet, Command command)
    {
        wallet.RequireActive();
        var descriptor = command.Descriptor;
        if (Same(wallet, descriptor) is not null) return [];
        if (wallet.Sources.Count >= Wallet.MaxSources)
            throw new DomainException("too-many", $"A wallet has at most {Wallet.MaxSources} sources; use another wallet.");

        var added = new WalletEvent.SourceAdded(
            wallet.Id, command.SourceId, descriptor.Network.Slug, descriptor.Text, command.Label, command.GapLimit, command.At);
        var derived = DeriveAddresses.Decide(
            Wallet.Evolve(wallet, added), new(command.SourceId, descriptor, new Dictionary<int, int>(), command.At));
        if (derived.Count < descriptor.Branches.Count * command.GapLimit)
            throw new DomainException("too-many", $"A wallet holds at most {Wallet.MaxAddresses:N0} addresses; use another wallet.");
        var shared = derived.OfType<WalletEvent.AddressRecognised>()
            .Select(recognised => wallet.Addresses[recognised.AddressId].Source).FirstOrDefault(source => source is not null);
        if (shared is not null)
            throw new DomainException("source-exists", $"Addresses of this source are the source {shared.Id}'s already; delete that one first.");
        return [added, .. derived];
    }

    /// <summary>The source of this very descriptor, if the wallet has it.</summary>
    public static Source? Same(Wallet wallet, Descriptor descriptor) => wallet.Sources.Values.FirstOrDefault(
        source => source.Network == descriptor.Network.Slug && source.Descriptor == descriptor.Text);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/wallets/{walletId:guid}/sources", async Task<Results<Created<SourceView>, Ok<SourceView>>> (
                Guid walletId, Request request, Caller caller, NetworkCatalogue networks, WalletDecisions decisions, Answers answers,
                SourceQueries sources, DerivingSignal signal, TimeProvider time, CancellationToken ct) =>
            {
                var network = networks.Require(request.Network, "/network");
                var descriptor = SourceText.Read(networks, network, request.Text);
                var gapLimit = request.GapLimit ?? UsualGapLimit;
                if (gapLimit is < 1 or > MostGapLimit)
                    throw Label.Wrong("/gapLimit", "range", $"A gap limit is 1 to {MostGapLimit}.");
                if (MostKeysAtOnce / (descriptor.Branches.Count * descriptor.Keys) is var most && gapLimit > most)
                    throw Label.Wrong("/gapLimit", "range", $"For that many branches and keys a gap limit is at most {most}.");
                descriptor.RequireDistinctBranches();
                var command = new Command(Guid.CreateVersion7(), descriptor, Label.ParseOptional(request.Label), gapLimit, time.Now());
                var (wallet, events) = await decisions.DecideAsync(
                    caller, walletId, wallet => Decide(wallet, command), ct, async (work, after) =>
                    {
                        await SourceRows.MarkAddedAsync(work, walletId, command.SourceId, ct);
                        await answers.KeepAsync(work, Added(after), walletId, ct);
                    });
                if (events.Count == 0) return TypedResults.Ok(await sources.ReadAsync(walletId, Same(wallet, descriptor)!.Id, ct));

                WalletsMetrics.AddressesDerived.Add(events.Count - 1);
                signal.Wake();
                return Added(wallet);

                Created<SourceView> Added(Wallet state)
                {
                    var source = state.Sources[command.SourceId];
                    var view = new SourceView(
                        source.Id, walletId, source.Network, source.Label, source.Descriptor, source.GapLimit, source.AddedAt, [], null);
                    return TypedResults.Created(
                        $"/api/v1/wallets/{walletId}/sources/{source.Id}",
                        view.With(network, source.Derived.ToDictionary(each => each.Key, each => new BranchState(each.Value, 0, null, null)), false));
                }
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithSummary("Adds a whole wallet by its extended public key or descriptor: 201 when it is new there, 200 when it is there.")
            .WithDescription("The first addresses of each branch are derived at once and synced like any others; whenever one is used, more " +
                "follow, until as many in a row as the gap limit says are unused. A seed phrase or a private key is refused, and neither " +
                "logged nor kept.")
            .WithExample(new Request(Example, "bitcoin", "Phone"))
            .WithProblems("wallet-not-found", "conflict", "source-exists", "too-many", "unknown-network", "invalid-source", "secret-pasted");
}
