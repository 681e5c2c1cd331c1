using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Portfolio.Statements;

/// <summary>A statement as a page to print: whole in itself, without scripts, everything from outside encoded.</summary>
internal static class StatementPage
{
    private const string Style = """
        body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#111}
        h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem;break-after:avoid}h3{font-size:1rem;break-after:avoid}
        table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:left;padding:.2rem .5rem;border-bottom:1px solid #ccc}
        td{vertical-align:top}
        thead{display:table-header-group}tr{break-inside:avoid}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}small{color:#555}
        @media print{body{margin:0;max-width:none;font-size:10px}code{font-size:8px}@page{margin:1.5cm}}
        """;

    public static string Of(Statement statement)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Statement of {T(statement.Wallet.Label)}</title><style>{Style}</style></head><body>
            <h1>Statement of {T(statement.Wallet.Label)}</h1>
            <p>As of <strong>{T(statement.At)}</strong>{(statement.Present ? ", the present when it was made" : "")}. Made at {T(statement.MadeAt)}.
            Wallet <code>{T(statement.Wallet.Id.ToString())}</code>.
            {(statement.Provisional ? "<strong>Provisional: a history is still being read.</strong>" : "")}</p>
            """);
        Totals(page, statement);
        foreach (var address in statement.Addresses) Address(page, address, statement.Currency);
        Proofs(page, statement);
        page.Append("<h2>What this shows and what it does not</h2><ul>");
        foreach (var note in statement.Notes) page.Append(CultureInfo.InvariantCulture, $"<li>{T(note)}</li>");
        page.Append(CultureInfo.InvariantCulture, $"""
            </ul><p><small>Digest (SHA-256) <code>{T(statement.Digest)}</code><br>Signature ({T(statement.Signature.Algorithm)}, key
            <code>{T(statement.Signature.KeyId)}</code>) <code>{T(statement.Signature.Value)}</code><br>They are of the same statement as JSON, which
            <code>verify-statement</code> checks.</small></p></body></html>
            """);
        return page.ToString();
    }

    private static void Totals(StringBuilder page, Statement statement)
    {
        Table(page, "Network", "Asset", "Balance", "Price", $"Value ({statement.Currency})");
        foreach (var total in statement.Totals)
        {
            Row(page, [T(total.Network), $"{T(total.Balance.Symbol)}<br><code>{T(total.Asset)}</code>", T(total.Balance.Display),
                T(total.Price?.Value ?? "none"), Value(total.Value?.Amount, total.LeftOut)], from: 2);
        }

        page.Append(CultureInfo.InvariantCulture, $"""
            </tbody></table><p>Together <strong>{T(statement.Value.Value?.Amount ?? "not known")} {T(statement.Currency)}</strong>{(
                statement.Value.Unpriced > 0 ? $": {statement.Value.Unpriced} have no price, the rest {T(statement.Value.Priced.Amount)}" : "")}.</p>
            """);
    }

    private static void Address(StringBuilder page, StatementAddress address, string currency)
    {
        page.Append(CultureInfo.InvariantCulture,
            $"<h2>{T(address.Network)} <code>{T(address.Address)}</code>{(address.Label is { } label ? $" “{T(label)}”" : "")}</h2>");
        if (address.Balances.Count == 0) page.Append("<p>No transaction of it is known.</p>");
        foreach (var balance in address.Balances)
        {
            page.Append(CultureInfo.InvariantCulture, $"""
                <h3>{T(balance.Balance.Display)} {T(balance.Balance.Symbol)} = {Value(balance.Value?.Amount, balance.LeftOut)} {T(currency)}</h3>
                <p>{T(balance.Balance.Amount.ToString())} base units of <code>{T(balance.Asset)}</code>. {Block(balance.Block)}
                {Compared(balance)}{(balance.Provisional ? " Its history is still being read." : "")}
                {(balance.Price is { } price
                    ? $"Price {T(price.Value)} of {T(price.At)} by {T(price.Source)}{(price.Stale ? ", stale" : "")}." : "")}</p>
                """);
            Table(page, "Time", "Transaction and block", "Height", "Change", "Balance");
            foreach (var one in balance.Transactions)
            {
                Row(page, [T(one.Time), $"<code>{T(one.Txid)}<br>{T(one.BlockHash ?? "not named yet")}</code>",
                    T(one.Height.ToString(CultureInfo.InvariantCulture)), T(one.Delta.ToString()), T(one.Balance.ToString())], from: 2);
            }

            page.Append("</tbody></table>");
        }
    }

    private static void Proofs(StringBuilder page, Statement statement)
    {
        if (statement.Proofs is not { } proofs) return;
        page.Append("<h2>Proofs</h2>");
        Table(page, "Of", "What there is");
        foreach (var one in proofs.Transactions)
        {
            Row(page, [$"transaction <code>{T(one.Txid)}</code> of {T(one.Network)}", one.Unprovable is { } why ? T(why)
                : $"a Merkle proof told by {T(one.Provider ?? "")}; it stands in the JSON"], from: 2);
        }

        foreach (var one in proofs.Balances)
        {
            Row(page, [$"balance of <code>{T(one.Address)}</code> in <code>{T(one.Asset)}</code>", one.Unprovable is { } why ? T(why)
                : $"an account's proof at block {one.Proof?.Height} told by {T(one.Provider ?? "")}; it stands in the JSON"], from: 2);
        }

        page.Append("</tbody></table>");
    }

    private static string Block(StatementBlock? block) => block is null ? "As of no block."
        : $"As of block {block.Height} <code>{T(block.Hash ?? "not named yet")}</code>, {(block.Is == StatementBlock.Comparison
            ? "the tip at which it was last compared" : "that of its newest transaction")}.";

    private static string Compared(StatementBalance balance) => balance.Compared is not { } compared
        ? $"Not compared with any provider ({T(balance.Status)})."
        : $"Last compared with {T(compared.Provider ?? "a provider that is not known any more")} at block {compared.Height} " +
            $"<code>{T(compared.Hash)}</code> on {T(compared.At)}: {T(compared.Verdict)}.";

    private static string Value(string? amount, string? leftOut) => amount is not null ? T(amount)
        : leftOut is null ? "no price" : $"left out: {T(leftOut)}";

    private static void Table(StringBuilder page, params ReadOnlySpan<string> heads)
    {
        page.Append("<table><thead><tr>");
        foreach (var head in heads) page.Append(CultureInfo.InvariantCulture, $"<th>{T(head)}</th>");
        page.Append("</tr></thead><tbody>");
    }

    // The cells are encoded; those from a place on are numbers.
    private static void Row(StringBuilder page, ReadOnlySpan<string> cells, int from)
    {
        page.Append("<tr>");
        for (var i = 0; i < cells.Length; i++) page.Append(i < from ? "<td>" : "<td class=\"n\">").Append(cells[i]).Append("</td>");
        page.Append("</tr>");
    }

    private static string T(string text) => HtmlEncoder.Default.Encode(text);

    private static string T(DateTimeOffset at) => T(at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
}
