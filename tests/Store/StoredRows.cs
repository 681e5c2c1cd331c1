using System.Diagnostics;
using EventSourcing;
using Shouldly;
using Xunit;

namespace Store;

/// <summary>Rows as a Marten 9 application reads them; a change here changes the meaning of every log there is.</summary>
public sealed class StoredRows(StoreDatabase database) : StoreTests(database)
{
    private static readonly Guid Id = Guid.Parse("01890000-0000-7000-8000-000000000001");

    [Fact]
    public void stored_names_are_these() =>
        Till.Types.Aliases.ShouldBe(["cash_moved", "till_closed", "till_opened"]);

    [Fact]
    public async Task every_column_of_one_row_per_event_type_is_set_as_marten_sets_it()
    {
        using var activity = new Activity("request").Start();
        await Store.AppendAsync("till", Id,
        [
            new(FactId.Of("opened"), new TillEvent.TillOpened(Id, "Käse \"front\"", new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero))),
            new(FactId.Of("moved"), new TillEvent.CashMoved(1, 2, "115792089237316195423570985008687907853269984665640564039457584007913129639935")),
            new(FactId.Of("closed"), new TillEvent.TillClosed(null, ["ann", "bo"])),
        ], ct: Ct);

        var rows = await LinesAsync("""
            select concat_ws(' | ', e.id, e.stream_id, e.version, e.type, e.tenant_id, e.mt_dotnet_type, e.is_archived,
                coalesce(e.bdata::text, 'null'), e.data)
            from mt_events e where stream_id = 'till-01890000-0000-7000-8000-000000000001' order by seq_id
            """);
        rows.ShouldBe(
        [
            $$"""{{FactId.Of("opened")}} | till-{{Id}} | 1 | till_opened | *DEFAULT* | Store.TillEvent+TillOpened, Store | f | null | {"At": "2024-05-06T07:08:09+00:00", "Label": "Käse \"front\"", "TillId": "{{Id}}"}""",
            $$"""{{FactId.Of("moved")}} | till-{{Id}} | 2 | cash_moved | *DEFAULT* | Store.TillEvent+CashMoved, Store | f | null | {"Amount": "115792089237316195423570985008687907853269984665640564039457584007913129639935", "Number": 2, "Writer": 1}""",
            $$"""{{FactId.Of("closed")}} | till-{{Id}} | 3 | till_closed | *DEFAULT* | Store.TillEvent+TillClosed, Store | f | null | {"Reason": null, "Signatures": ["ann", "bo"]}""",
        ]);
        (await LinesAsync($"select distinct correlation_id || ' ' || causation_id from mt_events where stream_id = 'till-{Id}'"))
            .ShouldBe([$"{activity.TraceId} {activity.SpanId}"]);
        (await LinesAsync($"""
            select concat_ws(' | ', s.id, coalesce(s.type, 'null'), s.version, s.tenant_id, s.is_archived, s.created = s.timestamp,
                s.timestamp = all (select timestamp from mt_events where stream_id = s.id),
                now() - s.timestamp between interval '-1 s' and interval '1 min')
            from mt_streams s where id = 'till-{Id}'
            """)).ShouldBe([$"till-{Id} | null | 3 | *DEFAULT* | f | t | t | t"]);
        (await ReadAsync<bool>("select last_value = (select max(seq_id) from mt_events) from mt_events_sequence")).ShouldBeTrue();
    }

    [Fact]
    public async Task what_was_stored_is_read_back_equal()
    {
        var till = Guid.CreateVersion7();
        var opened = NewEvent.Fresh(new TillEvent.TillOpened(till, "\u20bf\U0001F9C0 'quoted' \\ {}", DateTimeOffset.UnixEpoch.AddTicks(1)));
        await Store.AppendAsync("till", till, [opened], ct: Ct);

        var stored = (await StreamAsync(till)).ShouldHaveSingleItem();

        stored.Id.ShouldBe(opened.Id);
        stored.Data.ShouldBe(opened.Data);
        stored.Timestamp.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        stored.CorrelationId.ShouldBe(Activity.Current?.TraceId.ToHexString());
    }

    [Fact]
    public async Task tables_have_martens_columns_and_indexes()
    {
        (await LinesAsync("""
            select table_name || '.' || column_name || ' ' || udt_name || case is_nullable when 'NO' then ' not null' else '' end
            from information_schema.columns where table_name in ('mt_events', 'mt_streams') order by table_name, ordinal_position
            """)).ShouldBe(
        [
            "mt_events.seq_id int8 not null",
            "mt_events.id uuid not null",
            "mt_events.stream_id varchar",
            "mt_events.version int8 not null",
            "mt_events.data jsonb not null",
            "mt_events.bdata bytea",
            "mt_events.type varchar not null",
            "mt_events.timestamp timestamptz not null",
            "mt_events.tenant_id varchar",
            "mt_events.mt_dotnet_type varchar",
            "mt_events.correlation_id varchar",
            "mt_events.causation_id varchar",
            "mt_events.is_archived bool",
            "mt_streams.id varchar not null",
            "mt_streams.type varchar",
            "mt_streams.version int8",
            "mt_streams.timestamp timestamptz not null",
            "mt_streams.created timestamptz not null",
            "mt_streams.tenant_id varchar",
            "mt_streams.compacted_version int8 not null",
            "mt_streams.is_archived bool",
        ]);
        (await LinesAsync("select indexname::text from pg_indexes where tablename = 'mt_events' and indexdef like '%UNIQUE%' order by indexname"))
            .ShouldBe(["idx_mt_events_event_id", "pk_mt_events_stream_and_version", "pkey_mt_events_seq_id"]);
        (await ReadAsync<string>("select pg_get_serial_sequence('mt_events', 'seq_id')")).ShouldBe("public.mt_events_sequence");
    }

    private async Task<List<string>> LinesAsync(string sql)
    {
        await using var command = Database.DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var lines = new List<string>();
        while (await reader.ReadAsync(Ct)) lines.Add(reader.GetString(0));
        return lines;
    }
}
