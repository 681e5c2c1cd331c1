using System.ComponentModel;
using Chains;
using Npgsql;

namespace Wallets;

/// <summary>A whole wallet as a source of addresses, and how far it was looked.</summary>
internal sealed record SourceView(
    [property: Description("The source's id.")] Guid Id,
    [property: Description("The wallet that its addresses are in.")] Guid WalletId,
    [property: Description("The network's slug.")] string Network,
    [property: Description("What the user calls it, if anything.")] string? Label,
    [property: Description("The wallet as an output descriptor, in its one spelling here, with its checksum.")] string Descriptor,
    [property: Description("How many addresses in a row are to be unused before a branch counts as ended.")] int GapLimit,
    [property: Description("When it was added.")] DateTimeOffset CreatedAt,
    [property: Description("Its branches: as a rule what is received, and the change.")] IReadOnlyList<BranchView> Branches,
    [property: Description("Why it is not looked any further, where something is in the way; else null.")] string? Note)
{
    public const string Select = "select source_id, wallet_id, network, label, descriptor, gap_limit, created_at from sources";

    public const string Full = "The wallet is full: no more of this source's addresses have room in it. Use a wallet of its own for the source.";

    /// <summary>The source as its row has it; its branches are read apart.</summary>
    public static SourceView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.Maybe<string>(3), row.GetString(4), row.GetInt32(5), row.Time(6), [], null);

    /// <summary>The source with its branches, of which these are derived.</summary>
    public SourceView With(Network network, IReadOnlyDictionary<int, BranchState> states, bool isFull)
    {
        List<BranchView> branches =
        [
            .. Wallets.Descriptor.Parse(network, Descriptor).Branches.Select(branch =>
                BranchView.Of(branch, states.GetValueOrDefault(branch.Number, BranchState.Empty), GapLimit)),
        ];
        return this with { Branches = branches, Note = isFull && branches.Any(branch => branch.IsShort(GapLimit)) ? Full : null };
    }
}

/// <summary>One branch of a source.</summary>
internal sealed record BranchView(
    [property: Description("The branch, counted from 0.")] int Branch,
    [property: Description("What it is used for, as a rule: receive, change, or its number.")] string Name,
    [property: Description("How many of its addresses were derived, from the first.")] int Derived,
    [property: Description("How many of them were ever used.")] int Used,
    [property: Description("The highest number that was ever used, counted from 0; null where none was.")] int? HighestUsed,
    [property: Description("The number up to which every address was looked at, its history read to the end; null where none was yet.")]
    int? LookedTo,
    [property: Description("Whether as many unused addresses as the gap limit says were looked at behind the highest used one.")] bool Done)
{
    public static BranchView Of(Descriptor.Branch branch, BranchState state, int gapLimit) => new(
        branch.Number, branch.Name, state.Derived, state.Used, state.HighestUsed, state.LookedTo,
        (state.LookedTo ?? -1) >= (state.HighestUsed ?? -1) + gapLimit);

    /// <summary>Whether fewer addresses than due are derived.</summary>
    public bool IsShort(int gapLimit) => Derived < (HighestUsed ?? -1) + 1 + gapLimit;
}

/// <summary>What is known of a branch's addresses.</summary>
internal sealed record BranchState(int Derived, int Used, int? HighestUsed, int? LookedTo)
{
    public static BranchState Empty { get; } = new(0, 0, null, null);
}
