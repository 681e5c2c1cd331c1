using Chains;
using Contracts;
using EventSourcing;
using Messaging;
using Shouldly;
using Xunit;

namespace Unit.Messages;

/// <summary>A stretch of a log becomes contracts that tile it.</summary>
public sealed class ReadingContracts
{
    private static readonly Guid Ledger = Guid.Parse("0198a000-0000-7000-8000-000000000001");
    private static readonly Guid OtherLedger = Guid.Parse("0198a000-0000-7000-8000-000000000002");

    [Fact]
    public void neighbours_of_one_kind_become_one_contract() =>
        Spans([Seen(11, Ledger), Seen(12, Ledger), Seen(13, Ledger)], after: 10).ShouldBe([(10, 13, 3)]);

    [Fact]
    public void another_ledger_begins_another_contract() =>
        Spans([Seen(11, Ledger), Seen(12, OtherLedger), Seen(13, Ledger)], after: 10).ShouldBe([(10, 11, 1), (11, 12, 1), (12, 13, 1)]);

    [Fact]
    public void private_events_belong_to_the_contract_after_them() =>
        Spans([Private(11), Seen(12, Ledger), Private(13), Seen(14, OtherLedger), Private(15)], after: 9).ShouldBe([(9, 12, 1), (12, 14, 1)]);

    [Fact]
    public void private_events_do_not_part_neighbours() =>
        Spans([Seen(11, Ledger), Private(12), Seen(13, Ledger)], after: 10).ShouldBe([(10, 13, 2)]);

    [Fact]
    public void a_log_of_private_events_says_nothing() => Spans([Private(1), Private(2)], after: 0).ShouldBeEmpty();

    [Fact]
    public void a_contract_never_grows_beyond_its_bound()
    {
        var events = Enumerable.Range(1, 600).Select(position => Seen(position, Ledger)).ToArray();

        Spans(events, after: 0).ShouldBe([(0, 250, 250), (250, 500, 250), (500, 600, 100)]);
    }

    [Fact]
    public void a_contract_continues_the_trace_of_its_first_event()
    {
        var first = Seen(1, Ledger);

        new ContractReader("sync", new Map()).Read([first, Seen(2, Ledger)], 0).ShouldHaveSingleItem().Cause.ShouldBeSameAs(first);
    }

    [Fact]
    public void every_contract_is_said_by_exactly_one_source()
    {
        var all = typeof(Contract).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Contract)) && !type.IsAbstract);

        Sources.All.SelectMany(Sources.ContractsOf).ShouldBe(all, ignoreOrder: true);
    }

    [Fact]
    public void a_contract_comes_out_of_the_feed_as_it_went_in()
    {
        var contract = new BalanceReconciled(
            Ledger, "explained", "bip122:x/slip44:0", Amount.Parse("123456789012345678901234567890"), -5, 2, 1, 800_000, "00ab", "esplora",
            [new BalanceDifference("dust", 7, 1)], DateTimeOffset.UnixEpoch)
        { Log = new LogSpan("sync", 4, 5) };

        var read = Feed.Read("sync", Feed.Write(contract)).ShouldBeOfType<BalanceReconciled>();

        read.Reported.ShouldBe(contract.Reported);
        Feed.Write(read).Body.GetRawText().ShouldBe(Feed.Write(contract).Body.GetRawText());
    }

    [Fact]
    public void a_contract_of_a_newer_source_is_refused_and_not_skipped() => Should.Throw<NotSupportedException>(
        () => Feed.Read("sync", Feed.Write(new SyncRequested(Ledger, DateTimeOffset.UnixEpoch))));

    private static List<(long, long, int)> Spans(IReadOnlyList<StoredEvent> events, long after) =>
        [.. new ContractReader("sync", new Map()).Read(events, after).Select(told =>
            (told.Contract.Log.After, told.Contract.Log.UpTo, ((TransactionsConfirmed)told.Contract).Txids.Count))];

    private static StoredEvent Seen(long position, Guid ledger) => Stored(position, ledger);

    private static StoredEvent Private(long position) => Stored(position, "private");

    private static StoredEvent Stored(long position, object data) =>
        new(position, Guid.NewGuid(), "test", position, data, DateTimeOffset.UnixEpoch, null, null);

    private sealed class Map : IContractMap
    {
        Contract? IContractMap.Map(StoredEvent stored) =>
            stored.Data is Guid ledger ? new TransactionsConfirmed(ledger, [$"tx{stored.Position}"], 1, DateTimeOffset.UnixEpoch) : null;
    }
}
