using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>What was done to users, keys, wallets and addresses, and by whom, newest first; for administrators.</summary>
internal static class ListAudit
{
    public sealed record Filter(
        [property: FromQuery(Name = "user"), Description("Only what this user did, and what was done to them or to what is theirs.")]
        Guid? User = null,
        [property: FromQuery(Name = "action"), Description("Only this."), AllowedValues(AuditActions.UserMade, AuditActions.UserDisabled,
            AuditActions.UserEnabled, AuditActions.KeyMade, AuditActions.KeyMadeForAnother, AuditActions.KeyRotated, AuditActions.KeyRevoked,
            AuditActions.LoginLinkMade, AuditActions.SessionBegun, AuditActions.SessionEnded, AuditActions.ShareMade,
            AuditActions.ShareRevoked, AuditActions.WalletMade, AuditActions.WalletDeleted, AuditActions.AddressRemoved)]
        string? Action = null,
        [property: FromQuery(Name = "from"), InstantOrDay, Description("Only what was done at this instant or later; with a day, from its " +
            "beginning in UTC.")]
        string? From = null,
        [property: FromQuery(Name = "to"), InstantOrDay, Description("Only what was done before this instant; with a day, until its end in UTC.")]
        string? To = null);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/audit", async Task<Ok<Page<AuditEntryView>>> (
                [AsParameters] Filter filter, [AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
            {
                if (filter.Action is { } action && !AuditActions.All.Contains(action))
                    throw Instant.Invalid("action", $"is one of {string.Join(", ", AuditActions.All)}.");
                DateTimeOffset? from = filter.From is { } first ? Instant.ReadFrom(first, "from") : null;
                DateTimeOffset? to = filter.To is { } last ? Instant.ReadUntil(last, "to") : null;
                if (from > to) throw Instant.Invalid("from", "is later than 'to'.");
                var place = page.In("audit", filter.User?.ToString(), filter.Action, from?.ToString("O"), to?.ToString("O"));
                return TypedResults.Ok(await ReadAsync(database, place, filter.User, filter.Action, from, to, ct));
            })
            .RequireScope(Scopes.Admin)
            .WithSummary("Lists who did what to users, API keys, wallets and addresses, newest first.")
            .WithDescription("Ids only, and never a secret. A deleted wallet leaves one entry, that it was deleted.")
            .WithProblems("limit-out-of-range", "cursor-invalid", "invalid-parameter");

    private static async Task<Page<AuditEntryView>> ReadAsync(
        NpgsqlDataSource database, PagePlace place, Guid? user, string? action, DateTimeOffset? from, DateTimeOffset? to, CancellationToken ct)
    {
        await using var command = database.CreateCommand();
        List<string> conditions = ["true"];
        // Only what is asked for, so that a statement's plan fits it.
        if (user is { } person) conditions.Add($"({Value(person)} in (user_id, actor_user_id))");
        if (action is not null) conditions.Add($"action = {Value(action)}");
        if (from is { } first) conditions.Add($"at >= {Value(first)}");
        if (to is { } last) conditions.Add($"at < {Value(last)}");
        var (beyond, order) = place.Backward ? (">", "asc") : ("<", "desc");
        if (!place.IsStart) conditions.Add($"(at, audit_id) {beyond} ({Value(place.Key<DateTimeOffset>(0))}, {Value(place.Key<Guid>(1))})");
        command.CommandText = $"""
            {AuditEntryView.Select} where {string.Join(" and ", conditions)}
            order by at {order}, audit_id {order} limit {Value(place.Fetch)}
            """;

        var rows = new List<AuditEntryView>(place.Fetch);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) rows.Add(AuditEntryView.Read(reader));
        return place.PageOf(rows, entry => [entry.At.ToString("O", CultureInfo.InvariantCulture), entry.Id.ToString()]);

        string Value(object value)
        {
            command.Parameters.Add(new() { Value = value });
            return $"${command.Parameters.Count}";
        }
    }
}
