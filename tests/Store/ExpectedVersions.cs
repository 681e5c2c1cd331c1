using EventSourcing;
using Shouldly;
using Xunit;

namespace Store;

public sealed class ExpectedVersions(StoreDatabase database) : StoreTests(database)
{
    private const string SequenceState = "select last_value::text || is_called from mt_events_sequence";

    [Fact]
    public async Task a_stream_at_the_expected_version_takes_the_events()
    {
        var till = Guid.CreateVersion7();

        await Store.AppendAsync("till", till, Till.Moves(2), expectedVersion: 0, Ct);
        await Store.AppendAsync("till", till, Till.Moves(2), expectedVersion: 2, Ct);

        (await Store.LoadAsync<Till, TillEvent>(till, Ct)).Version.ShouldBe(4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task another_version_is_refused_and_burns_no_position(long expected)
    {
        var (till, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Store.AppendAsync("till", till, Till.Moves(2), ct: Ct);
        var sequence = await ReadAsync<string>(SequenceState);
        await using var work = await Store.BeginAsync(Ct);
        work.Append("till", other, Till.Moves(1));
        work.Append("till", till, Till.Moves(1), expected);

        var refusal = await Should.ThrowAsync<WrongVersionException>(work.CommitAsync(Ct));

        refusal.StreamId.ShouldBe($"till-{till}");
        refusal.Message.ShouldBe($"Stream till-{till} is at version 2, not {expected}.");
        (await StreamAsync(other)).ShouldBeEmpty();
        (await StreamAsync(till)).Count.ShouldBe(2);
        (await ReadAsync<string>(SequenceState)).ShouldBe(sequence);
    }

    [Fact]
    public async Task a_new_stream_is_at_version_0_only() =>
        await Should.ThrowAsync<WrongVersionException>(Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(1), expectedVersion: 1, Ct));

    [Fact]
    public async Task two_expectations_of_one_stream_in_one_work_must_agree()
    {
        var till = Guid.CreateVersion7();
        await using var work = await Store.BeginAsync(Ct);
        work.Append("till", till, Till.Moves(1), expectedVersion: 0);
        work.Append("till", till, Till.Moves(1), expectedVersion: 0);

        Should.Throw<ArgumentException>(() => work.Append("till", till, Till.Moves(1), expectedVersion: 1));
    }

    [Fact]
    public async Task of_many_writers_with_the_same_expectation_one_wins()
    {
        var till = Guid.CreateVersion7();
        await Store.AppendAsync("till", till, Till.Moves(1), ct: Ct);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 12).Select(async writer =>
        {
            try
            {
                await Store.AppendAsync("till", till, Till.Moves(3, writer), expectedVersion: 1, Ct);
                return true;
            }
            catch (WrongVersionException)
            {
                return false;
            }
        }));

        outcomes.Count(won => won).ShouldBe(1);
        (await StreamAsync(till)).Count.ShouldBe(4);
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }
}
