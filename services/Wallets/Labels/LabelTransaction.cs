using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// A user says something of a transaction, or nothing any more. Whether any of their addresses took part is for the read side to know: what is
/// said of others is kept, and seen once one does.
/// </summary>
internal static class LabelTransaction
{
    public const int LongestNote = 1000;

    public sealed record Request(
        [property: Description("What to call it, 1 to 100 characters.")] string? Label = null,
        [property: Description("Its tags, at most 20 of at most 50 characters each, without commas and semicolons; of those that differ in case " +
            "only the first counts.")] IReadOnlyList<string>? Tags = null,
        [property: Description("A remark, 1 to 1,000 characters; lines are kept.")] string? Note = null);

    public sealed record Command(Guid OwnerId, string Network, string Txid, TransactionLabel Said, DateTimeOffset At);

    public static IReadOnlyList<TransactionLabelEvent> Decide(TransactionLabel known, Command command)
    {
        var (owner, network, txid, said, at) = command;
        if (said.SaysTheSameAs(known)) return [];
        return
        [
            new TransactionLabelEvent.TransactionLabelled(owner, network, txid, said.Label, said.Tags, said.Note, at) { Origin = said.Origin },
        ];
    }

    /// <summary>What is said, by the rules of labels, tags and notes.</summary>
    /// <exception cref="DomainException"><c>invalid-body</c>.</exception>
    public static TransactionLabel Read(string? label, IReadOnlyList<string>? tags, string? note, string? origin = null) =>
        new(Label.ParseOptional(label), Tags.ParseOptional(tags) ?? [], note is null ? null : NoteOf(note), origin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/labels/transactions/{network}/{txid}", async Task<Ok<TransactionLabelView>> (
                string network, string txid, Caller caller, NetworkCatalogue networks, TransactionLabels labels, CancellationToken ct) =>
            {
                var (slug, id) = Named(caller, networks, network, txid);
                return TypedResults.Ok(TransactionLabelView.Of(slug, id, await labels.ReadAsync(caller.UserId, slug, id, ct)));
            })
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Shows what you say of a transaction; nothing where you never did.")
            .WithProblems("unknown-network");

        app.MapPut("/labels/transactions/{network}/{txid}", async Task<Ok<TransactionLabelView>> (
                string network, string txid, Request request, Caller caller, NetworkCatalogue networks, TransactionLabels labels,
                TimeProvider time, CancellationToken ct) =>
            {
                var (slug, id) = Named(caller, networks, network, txid);
                var said = Read(request.Label, request.Tags, request.Note);
                if (said.SaysNothing) throw Label.Wrong("/label", "required", "Say 'label', 'tags' or 'note'; DELETE takes all away.");
                return TypedResults.Ok(TransactionLabelView.Of(slug, id, await labels.SayAsync(caller, slug, id, said, time.Now(), ct)));
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithEntityTag()
            .WithSummary("Says something of a transaction: a label, tags, a note; what was said before is replaced.")
            .WithDescription("It is shown wherever the transaction is. Any transaction of the network may be labelled, also before it is seen.")
            .WithExample(new Request("Rent, May", ["rent", "flat"], "Paid a week late."))
            .WithProblems("unknown-network", "too-many", "conflict");

        app.MapDelete("/labels/transactions/{network}/{txid}", async Task<NoContent> (
                string network, string txid, Caller caller, NetworkCatalogue networks, TransactionLabels labels, TimeProvider time,
                CancellationToken ct) =>
            {
                var (slug, id) = Named(caller, networks, network, txid);
                await labels.SayAsync(caller, slug, id, TransactionLabel.Initial, time.Now(), ct);
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithSummary("Takes away what you say of a transaction.")
            .WithProblems("unknown-network", "conflict");
    }

    private static (string Network, string Txid) Named(Caller caller, NetworkCatalogue networks, string network, string txid)
    {
        TransactionLabels.RequireAll(caller);
        var known = networks.Require(network);
        return (known.Slug, TransactionIds.Read(known, txid)
            ?? throw new DomainException("not-found", $"No transaction of {known.Slug} has an id of this form."));
    }

    // A remark may have lines; otherwise what holds for a label holds for it.
    private static string NoteOf(string text)
    {
        var lines = text.ReplaceLineEndings("\n");
        Label.Read(lines.Replace('\n', ' ').Replace('\t', ' '), "/note", "note", LongestNote);
        return lines.Trim();
    }
}
