using System.ComponentModel;
using System.Text;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Wallets;

/// <summary>Labels of addresses and transactions come from another wallet, as BIP329 has them; each line gets its verdict.</summary>
internal static class ImportLabels
{
    /// <summary>The lines of a file, each judged as far as it can be.</summary>
    /// <exception cref="DomainException"><c>invalid-file</c>.</exception>
    public static IReadOnlyList<PlannedRow> Read(Network network, byte[] content, int most)
    {
        string text;
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException failure)
        {
            throw BadFile.Because("encoding", $"The bytes at {failure.Index} are no UTF-8.");
        }

        var rows = new List<PlannedRow>();
        var line = 0;
        foreach (var one in text.EnumerateLines())
        {
            line++;
            if (one.IsWhiteSpace()) continue;
            if (rows.Count == most) throw BadFile.Because("too-many-rows", $"A file has at most {most} lines.");
            rows.Add(Bip329.Read(network, line, one.ToString()));
        }

        return rows.Count > 0 ? rows : throw BadFile.Because("empty", "The file has no lines.");
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        var options = app.ServiceProvider.GetRequiredService<IOptions<ImportOptions>>().Value;
        app.MapPost("/labels/import", async Task<Accepted<ImportView>> (
                [Description("Which network the labels are of, by its slug or CAIP-2 id; bitcoin when left out.")] string? network,
                [Description("Change nothing; say what would become of each line.")] bool? dryRun,
                HttpRequest request, Caller caller, BeginImport begin, NetworkCatalogue networks, CancellationToken ct) =>
            {
                TransactionLabels.RequireAll(caller);
                var known = networks.Require(network ?? Networks.Bitcoin.Slug, "?network");
                return await begin.RunAsync(
                    request, caller, ImportKinds.Labels, dryRun ?? false, content => Read(known, content, options.MaxRows), ct);
            })
            .RequireScope(Scopes.WalletsWrite)
            .Accepts<byte[]>("application/x-ndjson", "application/jsonl", "application/octet-stream", "multipart/form-data")
            .WithMetadata(new RequestSizeLimitAttribute(options.MaxUploadBytes + Uploads.FormOverhead))
            .WithSummary("Imports labels as BIP329 has them; the Location shows its progress and each line's verdict.")
            .WithDescription("A JSON object on each line. Kept are labels of addresses that your wallets hold (`addr`) and of transactions (`tx`, " +
                "with their `origin`); lines of other types are answered with the reason. `tags` and `note` of a line are taken, too. " +
                "Sent again it changes nothing.")
            .WithProblems("unknown-network", "invalid-file", "too-many", "body-too-large", "request-timeout", "rate-limited",
                "unsupported-media-type");
    }
}
