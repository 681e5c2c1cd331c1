using Shouldly;
using Xunit;

namespace Store;

public sealed class RepeatedFacts(StoreDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task the_same_page_twice_appends_nothing_the_second_time()
    {
        var till = Guid.CreateVersion7();
        await Store.AppendAsync("till", till, Till.Facts(till, 1, 25), ct: Ct);
        var (head, streams) = (await Store.HeadAsync(Ct), await ReadAsync<string>("select string_agg(s::text, '|' order by id) from mt_streams s"));

        (await Store.AppendAsync("till", till, Till.Facts(till, 1, 25), ct: Ct)).ShouldBe(default);

        (await Store.HeadAsync(Ct)).ShouldBe(head);
        (await ReadAsync<string>("select string_agg(s::text, '|' order by id) from mt_streams s")).ShouldBe(streams);
    }

    [Fact]
    public async Task of_overlapping_pages_only_what_is_new_is_appended_and_versions_have_no_holes()
    {
        var till = Guid.CreateVersion7();
        await Store.AppendAsync("till", till, Till.Facts(till, 10, 20), ct: Ct);

        (await Store.AppendAsync("till", till, Till.Facts(till, 1, 30), ct: Ct)).Appended.ShouldBe(19);

        var numbers = (await StreamAsync(till)).Select(e => ((TillEvent.CashMoved)e.Data).Number);
        numbers.ShouldBe([.. Enumerable.Range(10, 11), .. Enumerable.Range(1, 9), .. Enumerable.Range(21, 10)]);
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task a_fact_told_twice_in_one_work_is_one_fact()
    {
        var (till, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var work = await Store.BeginAsync(Ct);
        work.Append("till", till, [.. Till.Facts(till, 1, 5), .. Till.Facts(till, 3, 7)]);
        work.Append("till", other, Till.Facts(till, 7, 8));

        (await work.CommitAsync(Ct)).Appended.ShouldBe(8);

        (await StreamAsync(till)).Select(e => ((TillEvent.CashMoved)e.Data).Number).ShouldBe(Enumerable.Range(1, 7));
        (await StreamAsync(other)).ShouldHaveSingleItem();
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task known_and_new_facts_of_several_streams_mix_in_one_work()
    {
        var (one, two, three) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await Store.AppendAsync("till", one, Till.Facts(one, 1, 3), ct: Ct);
        await Store.AppendAsync("till", two, Till.Facts(two, 1, 3), ct: Ct);
        await using var work = await Store.BeginAsync(Ct);
        work.Append("till", one, Till.Facts(one, 2, 5));
        work.Append("till", two, Till.Facts(two, 1, 3));
        work.Append("till", three, Till.Facts(three, 1, 2));
        work.Append("till", one, Till.Facts(one, 1, 6));

        var result = await work.CommitAsync(Ct);

        (await LogAsync(result.Position - 5)).Select(e => (e.StreamId, e.Version)).ShouldBe(
            [($"till-{one}", 4), ($"till-{one}", 5), ($"till-{three}", 1), ($"till-{three}", 2), ($"till-{one}", 6)]);
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task rows_stored_beside_known_facts_are_committed()
    {
        var till = Guid.CreateVersion7();
        await Store.AppendAsync("till", till, Till.Facts(till, 1, 3), ct: Ct);
        await ExecuteAsync("create table cursors (place int)");
        await using var work = await Store.BeginAsync(Ct);
        await ExecuteAsync(work.Connection, "insert into cursors values (3)");
        work.Append("till", till, Till.Facts(till, 1, 3));

        (await work.CommitAsync(Ct)).ShouldBe(default);

        (await ReadAsync<long>("select count(*) from cursors")).ShouldBe(1);
    }

    [Fact]
    public async Task the_same_facts_from_many_writers_at_once_are_stored_once_and_nobody_fails()
    {
        var till = Guid.CreateVersion7();

        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(page =>
            Task.Run(async () => await Store.AppendAsync("till", till, Till.Facts(till, (page % 8) * 10 + 1, (page % 8) * 10 + 25), ct: Ct))));

        results.Sum(r => r.Appended).ShouldBe(95);
        (await StreamAsync(till)).Select(e => ((TillEvent.CashMoved)e.Data).Number).Order().ShouldBe(Enumerable.Range(1, 95));
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }
}
