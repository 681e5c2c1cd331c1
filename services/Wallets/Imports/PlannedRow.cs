using Chains;
using ServiceDefaults;

namespace Wallets;

/// <summary>Why a row is refused; the text that was refused is not in it.</summary>
internal sealed record Refusal(string Code, string Detail, string Pointer)
{
    public static Refusal Of(DomainException refused, string pointer) => refused.Errors is [var first, ..]
        ? new(first.Code, first.Detail, first.Pointer)
        : new(refused.Problem.Code, refused.Message, pointer);
}

/// <summary>
/// A row as far as it can be judged without knowing any wallet: a canonical address with its words, or why it is none. Of a refused row nothing
/// else is kept, since it may hold a secret.
/// </summary>
internal sealed record PlannedRow(
    int Line, string? Wallet, ChainAddress? Place, string? Label, IReadOnlyList<string> Tags, Refusal? Refused)
{
    /// <summary>Of a label, what it is of; its place is then an address or a transaction's id.</summary>
    public string? Kind { get; init; }

    public string? Note { get; init; }

    public string? Origin { get; init; }

    private static readonly char[] BetweenTags = [',', ';', '|', '\n'];

    /// <summary>Judges a row by the rules that a single import follows.</summary>
    /// <param name="networks">The networks there are.</param>
    /// <param name="row">The row.</param>
    /// <param name="wallet">The wallet, by its id, of rows that name none.</param>
    /// <param name="longest">The most characters of a cell.</param>
    public static PlannedRow Of(NetworkCatalogue networks, TableRow row, string? wallet, int longest)
    {
        try
        {
            foreach (var (column, text) in row.Cells)
            {
                if (text is null) continue;
                if (text.Length > longest) throw Wrong(column, "cell-too-long", $"A cell has at most {longest} characters.");
                if (text[0] == '=') throw Wrong(column, "formula", "This is a formula; put its value there.");
            }

            if (row.Address is null) throw Wrong("address", "address-missing", "The row has no address.");
            var place = ImportAddress.Parse(networks, row.Network, row.Address);
            var named = (row.Wallet ?? wallet) is { } given
                ? Guid.TryParse(given, out var id) ? id.ToString() : Wallets.Label.Read(given, "/wallet", "label", Wallets.Label.MaxLength)
                : throw Wrong("wallet", "wallet-missing", "The row names no wallet, and the request none for such rows.");
            var tags = row.Tags?.Split(BetweenTags, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
            return new(row.Line, named, place, Wallets.Label.ParseOptional(row.Label), Wallets.Tags.Parse(tags), null);
        }
        catch (DomainException refused)
        {
            return Refuse(row.Line, refused, "/address");
        }
    }

    /// <summary>The row of which only the refusal is kept.</summary>
    public static PlannedRow Refuse(int line, DomainException refused, string pointer) =>
        new(line, null, null, null, [], Refusal.Of(refused, pointer));

    private static DomainException Wrong(string column, string code, string detail) => Wallets.Label.Wrong($"/{column}", code, detail);
}
