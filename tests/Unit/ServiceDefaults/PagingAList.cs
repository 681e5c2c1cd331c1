using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class PagingAList
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(200)]
    public void forwards_every_row_comes_once(int limit)
    {
        var rows = Enumerable.Range(1, 25).ToList();
        var seen = new List<int>();
        string? cursor = null;
        do
        {
            var page = Read(rows, limit, cursor);
            page.HasMore.ShouldBe(page.Next is not null);
            seen.AddRange(page.Data);
            cursor = page.Next;
        }
        while (cursor is not null);

        seen.ShouldBe(rows);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void backwards_the_same_pages_come_again(int limit)
    {
        var rows = Enumerable.Range(1, 11).ToList();
        var forwards = new List<Page<int>> { Read(rows, limit, null) };
        while (forwards[^1].Next is { } next) forwards.Add(Read(rows, limit, next));

        var page = forwards[^1];
        for (var i = forwards.Count - 2; i >= 0; i--)
        {
            page = Read(rows, limit, page.Prev);
            page.Data.ShouldBe(forwards[i].Data);
            page.HasMore.ShouldBeTrue();
        }

        page.Prev.ShouldBeNull();
    }

    [Fact]
    public void a_forged_cursor_brings_no_text_that_the_database_refuses()
    {
        var page = new PageRequest(1).In("rows").PageOf([1, 2], _ => ["a\0b"]);

        Code(() => new PageRequest(1, page.Next).In("rows").Key<string>(0)).ShouldBe("cursor-invalid");
    }

    [Fact]
    public void a_forged_cursor_brings_instants_in_utc()
    {
        var page = new PageRequest(1).In("rows").PageOf([1, 2], _ => ["2026-01-01T02:00:00+02:00"]);

        new PageRequest(1, page.Next).In("rows").Key<DateTimeOffset>(0).Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void a_row_that_arrives_between_two_pages_moves_nothing()
    {
        var first = Read([10, 20, 30, 40], 2, null);

        Read([5, 10, 15, 20, 30, 40], 2, first.Next).Data.ShouldBe([30, 40]);
    }

    [Fact]
    public void an_empty_list_is_one_empty_page() => Read([], 50, null).ShouldSatisfyAllConditions(
        page => page.Data.ShouldBeEmpty(), page => page.HasMore.ShouldBeFalse(), page => page.Next.ShouldBeNull(), page => page.Prev.ShouldBeNull());

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(201)]
    [InlineData(int.MaxValue)]
    public void a_limit_out_of_range_is_refused(int limit) =>
        Code(() => new PageRequest(limit).In("rows")).ShouldBe("limit-out-of-range");

    [Fact]
    public void a_cursor_is_good_for_its_list_and_filters_only()
    {
        var cursor = Read([1, 2, 3], 1, null).Next;

        new PageRequest(1, cursor).In("rows", "all").Key<int>(0).ShouldBe(1);
        Code(() => new PageRequest(1, cursor).In("rows", "some")).ShouldBe("cursor-invalid");
        Code(() => new PageRequest(1, cursor).In("rows")).ShouldBe("cursor-invalid");
        Code(() => new PageRequest(1, cursor).In("other", "all")).ShouldBe("cursor-invalid");
        Code(() => new PageRequest(1, cursor).In("rowsall")).ShouldBe("cursor-invalid");
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("not/base64url+at=all")]
    [InlineData("ünïcode")]
    public void anything_else_is_no_cursor(string cursor) => Code(() => new PageRequest(1, cursor).In("rows", "all")).ShouldBe("cursor-invalid");

    [Fact]
    public void a_cursor_with_any_character_changed_is_refused()
    {
        var cursor = Read([1, 2, 3], 1, null).Next!;
        for (var i = 0; i < cursor.Length - 1; i++)
        {
            var mangled = cursor[..i] + (cursor[i] == 'A' ? 'B' : 'A') + cursor[(i + 1)..];
            Code(() => new PageRequest(1, mangled).In("rows", "all")).ShouldBe("cursor-invalid");
        }

        Code(() => new PageRequest(1, new string('A', 100_000)).In("rows", "all")).ShouldBe("cursor-invalid");
    }

    [Fact]
    public void a_key_of_another_kind_is_refused()
    {
        var place = new PageRequest(1, Read([1, 2], 1, null).Next).In("rows", "all");

        Code(() => place.Key<Guid>(0)).ShouldBe("cursor-invalid");
        Code(() => place.Key<int>(1)).ShouldBe("cursor-invalid");
    }

    private static Page<int> Read(List<int> rows, int limit, string? cursor)
    {
        var place = new PageRequest(limit, cursor).In("rows", "all");
        var beyond = place.IsStart ? rows
            : place.Backward ? [.. rows.Where(row => row < place.Key<int>(0)).Reverse()]
            : rows.Where(row => row > place.Key<int>(0));
        return place.PageOf([.. beyond.Take(place.Fetch)], row => [$"{row}"]);
    }

    private static string Code(Action action) => Should.Throw<DomainException>(action).Problem.Code;
}
