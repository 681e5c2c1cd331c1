using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ServiceDefaults;

namespace Portfolio.Clusters;

/// <summary>One step of evidence.</summary>
public sealed record EvidenceStepView(
    [property: Description("An address that spent in the transaction.")] string From,
    [property: Description("Another one.")] string To,
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The block's time.")] DateTimeOffset Time);

/// <summary>An address of a cluster.</summary>
public sealed record ClusterMemberView(
    [property: Description("The address.")] string Address,
    [property: Description("The caller's wallets that have it.")] IReadOnlyList<Guid> WalletIds,
    [property: Description("How sure it is that both are of one owner, from 0 to 1 as decimal text: 0.95 for each step of evidence between them. " +
        "A rule of thumb.")] string Confidence,
    [property: Description("How many steps of evidence lie between them.")] int Steps,
    [property: Description("In how many transactions it spent beside others of the cluster.")] int Transactions);

/// <summary>Evidence that would join two clusters that are both large, and so was not followed.</summary>
public sealed record WaitingMergeView(
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The block's time.")] DateTimeOffset Time,
    [property: Description("An address of the larger cluster.")] string From,
    [property: Description("An address of the smaller one.")] string To,
    [property: Description("How many addresses the larger one had.")] int FromSize,
    [property: Description("How many the smaller one had.")] int ToSize);

/// <summary>A transaction in which an address of the cluster spent, that looks like several people's.</summary>
public sealed record CoinJoinView(
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The block's time.")] DateTimeOffset Time,
    [property: Description("What it looks like. A `whirlpoolTx0` is one person's preparation, and joins what it spends."),
        AllowedValues("whirlpool", "whirlpoolTx0", "wasabi1", "wasabi2", "joinMarket", "equalOutputs")] string Shape,
    [property: Description("How sure that is, from 0 to 1 as decimal text; a rule of thumb, more where it spends what a mix paid.")]
    string Confidence,
    [property: Description("How many took part, at least.")] int Participants,
    [property: Description("What each got; null where there are several such values.")] Money? Denomination,
    [property: Description("What was seen.")] string Reason);

/// <summary>A cluster of addresses, seen from one of them.</summary>
public sealed record ClusterView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The address.")] string Address,
    [property: Description("How many addresses the cluster has, itself among them.")] int Size,
    [property: Description("How many of them the caller tracks.")] int Tracked,
    [property: Description("What those hold in blocks, of the network's own asset; of others nothing is known. Null while nothing is reported.")]
    Money? Balance,
    [property: Description("With `to`: the shortest chain of evidence from the address to that one; null where they are of different clusters.")]
    IReadOnlyList<EvidenceStepView>? Path,
    [property: Description("Evidence that waits to be looked at, because it would join this with another large cluster; at most 100.")]
    IReadOnlyList<WaitingMergeView> Waiting,
    [property: Description("Transactions of the cluster that look like CoinJoins, the last 100.")] IReadOnlyList<CoinJoinView> CoinJoins,
    [property: Description("A page of the cluster's other addresses, in their order as text.")] IReadOnlyList<ClusterMemberView> Data,
    [property: Description(PageTexts.HasMore)] bool HasMore,
    [property: Description(PageTexts.Next)] string? Next,
    [property: Description(PageTexts.Prev)] string? Prev);

/// <summary>An address that is probably of a wallet's owner and that the wallet lacks.</summary>
public sealed record SuggestedAddressView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The address.")] string Address,
    [property: Description("The caller's other wallets that have it.")] IReadOnlyList<Guid> WalletIds,
    [property: Description("As of a cluster's members.")] string Confidence,
    [property: Description("The chain of evidence from an address of the wallet to it.")] IReadOnlyList<EvidenceStepView> Evidence);
