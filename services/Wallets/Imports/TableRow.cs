using ServiceDefaults;

namespace Wallets;

/// <summary>A row of an uploaded table; <paramref name="Line"/> is the number that a spreadsheet or an editor shows beside it.</summary>
internal sealed record TableRow(int Line, string? Wallet, string? Network, string? Address, string? Label, string? Tags)
{
    public IEnumerable<(string Column, string? Text)> Cells =>
        [("address", Address), ("network", Network), ("wallet", Wallet), ("label", Label), ("tags", Tags)];
}

/// <summary>Which column of a table is what, by its header: in any case and order, by any of a few names; others are left alone.</summary>
internal sealed class TableColumns
{
    private static readonly (string Column, string[] Names)[] Known =
    [
        ("wallet", ["wallet", "walletname", "walletid", "portfolio", "account"]),
        ("network", ["network", "chain", "blockchain"]),
        ("address", ["address", "walletaddress", "publicaddress", "addr"]),
        ("label", ["label", "name", "addresslabel", "title"]),
        ("tags", ["tags", "tag", "groups", "group", "categories", "category"]),
    ];

    private readonly int wallet, network, address, label, tags;

    private TableColumns(int[] places) => (wallet, network, address, label, tags) = (places[0], places[1], places[2], places[3], places[4]);

    /// <exception cref="DomainException"><c>invalid-file</c>: no column of addresses, or two columns of one kind.</exception>
    public static TableColumns Read(IReadOnlyList<string> header)
    {
        var names = header.Select(Bare).ToList();
        var places = new int[Known.Length];
        for (var i = 0; i < Known.Length; i++)
        {
            var found = names.Index().Where(one => Known[i].Names.Contains(one.Item)).Select(one => one.Index).ToList();
            if (found.Count > 1) throw BadFile.Because("header-twice", $"More than one column is called '{Known[i].Column}' or the like.");
            places[i] = found is [var place] ? place : -1;
        }

        if (places[2] < 0)
            throw BadFile.Because("header-missing", "The first row names the columns, and one of them is 'address'; 'wallet', 'network', " +
                "'label' and 'tags' may stand beside it.");
        return new(places);
    }

    /// <summary>The row of these cells, which may be fewer than the header has; null where all that count are blank.</summary>
    public TableRow? Row(int line, IReadOnlyList<string> cells)
    {
        var row = new TableRow(line, Cell(wallet), Cell(network), Cell(address), Cell(label), Cell(tags));
        return row.Cells.All(cell => cell.Text is null) ? null : row;

        string? Cell(int place) => place < 0 || place >= cells.Count || string.IsNullOrWhiteSpace(cells[place]) ? null : cells[place].Trim();
    }

    private static string Bare(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
