using System.ComponentModel;

namespace Wallets;

/// <summary>What a user says of a transaction.</summary>
internal sealed record TransactionLabelView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("What the user calls it, if anything.")] string? Label,
    [property: Description("Its tags, in the order in which they were given.")] IReadOnlyList<string> Tags,
    [property: Description("What the user remarks on it, if anything.")] string? Note)
{
    public static TransactionLabelView Of(string network, string txid, TransactionLabel said) => new(network, txid, said.Label, said.Tags, said.Note);
}
