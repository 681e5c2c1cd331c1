using ChainSimulator.Serving;
using Xunit;

namespace Services.Sync;

/// <summary>The moving worlds once more, read by numbers that shift, without anyone to name a block.</summary>
public sealed class WalkingByNumber(BlockchainInfoOnly sync) : IClassFixture<BlockchainInfoOnly>
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("WHOLE_FULL") is "1" ? 100 : 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task whatever_shifts_during_walks_every_ledger_ends_with_the_truth(int seed) =>
        sync.MoveAndWalk(seed, new(FaultKind.PageDrift, By: seed % 8 == 3 ? 9 : -9, Percent: 25, Count: 6, Route: "/rawaddr/*"));
}

/// <summary>The moving worlds read by two providers in turns: either refuses every so often, so that the other has to go on.</summary>
public sealed class WalkingInTurns(BothDialects sync) : IClassFixture<BothDialects>
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("WHOLE_FULL") is "1" ? 100 : 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task whatever_shifts_during_walks_every_ledger_ends_with_the_truth(int seed) => sync.MoveAndWalk(
        seed, new(FaultKind.PageDrift, By: seed % 8 == 3 ? 2 : -2, Percent: 25, Count: 6, Route: "/address/*/txs/chain/*"),
        new(FaultKind.Truncate, Percent: 25, Route: "/rawaddr/*"), new(FaultKind.Truncate, Percent: 15, Route: "/address/*/txs/chain/*"));
}

/// <summary>The moving worlds read by three providers in turns, each of another dialect; whichever refuses, one of the others goes on.</summary>
public sealed class WalkingInThreeTurns(AllDialects sync) : IClassFixture<AllDialects>
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("WHOLE_FULL") is "1" ? 100 : 4)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task whatever_shifts_during_walks_every_ledger_ends_with_the_truth(int seed) => sync.MoveAndWalk(
        seed, new(FaultKind.PageDrift, By: seed % 8 == 3 ? 9 : -9, Percent: 25, Count: 6, Route: "/dashboards/address/*offset*"),
        new(FaultKind.Truncate, Percent: 15, Route: "/dashboards/*"), new(FaultKind.Truncate, Percent: 25, Route: "/rawaddr/*"),
        new(FaultKind.Truncate, Percent: 15, Route: "/address/*/txs/chain/*"));
}
