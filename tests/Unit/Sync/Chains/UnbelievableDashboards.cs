using System.Buffers;
using System.Text;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Utxo;
using Xunit;

namespace Unit.Sync;

/// <summary>Whatever Blockchair answers, it is data or a stated failure, never an accident; and what is peculiar to it.</summary>
public sealed class UnbelievableDashboards
{
    private const string Text = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    private const string Ours = """{"script_hex":"S","type":"pubkeyhash","recipient":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa","value":5}""";
    private const string Theirs = """{"script_hex":"00","type":"witness_v0_keyhash","recipient":"bc1q","value":9}""";
    private const string InTheOpen = """{"script_hex":"4104ac","type":"pubkey","recipient":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa","value":5}""";
    private static readonly Address Address = (Address)Addresses.Parse(Networks.Bitcoin, Text);
    private static readonly string A = new('a', 64);
    private readonly Dictionary<string, string> answers = [];
    private readonly List<string> asked = [];
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_coinbase_and_scripts_without_an_address_are_read()
    {
        var page = await Telling(Transaction(inputs: "", coinbase: true, fee: "0", outputs: Ours +
            """,{"script_hex":"6a24aa21a9ed","type":"nulldata","recipient":"d-6a24aa21a9ed","value":0}""")).PageAsync(Address, null, ct);

        var read = page.Transactions.ShouldHaveSingleItem();
        (read.Coinbase, read.Delta, read.Fee, read.BlockHash, read.Height).ShouldBe((true, (Amount)5, Amount.Zero, new string('c', 64), 7L));
        read.BlockTime.ShouldBe(new DateTimeOffset(2018, 11, 20, 16, 31, 0, TimeSpan.Zero));
        read.To.Select(party => party.Address).ShouldBe([Text, null]);
    }

    [Fact]
    public async Task a_page_is_asked_without_the_unconfirmed_and_told_ten_at_a_time()
    {
        var hashes = Enumerable.Range(10, 23).Select(n => new string('0', 62) + n).ToList();
        answers["dashboards/address"] = Listing(string.Join(',', hashes.Select(hash => Line(hash))));
        answers["dashboards/blocks"] = Block();
        answers["dashboards/transactions"] = Answer("{" + string.Join(',', hashes.Select(hash => Named(hash, Transaction(hash)))) + "}");

        (await Adapter().PageAsync(Address, null, ct)).Transactions.Count.ShouldBe(23);

        asked.Count.ShouldBe(5);
        asked[0].ShouldContain("state=latest");
        asked.Skip(1).Select(path => path.Split(',').Length).ShouldBe([10, 10, 3, 1]);
    }

    [Fact]
    public async Task a_block_that_is_not_told_or_of_another_time_is_a_contradiction()
    {
        var adapter = Telling(Transaction());
        answers["dashboards/blocks"] = Answer("[]");
        (await Should.ThrowAsync<ProviderException>(() => adapter.PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.Contradiction);
        (await adapter.BlockHashAsync(7, ct)).ShouldBeNull();
        answers["dashboards/blocks"] = Block().Replace("16:31:00", "16:31:01", StringComparison.Ordinal);
        (await Should.ThrowAsync<ProviderException>(() => adapter.PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.Contradiction);
        answers["dashboards/blocks"] = Block().Replace("\"id\":7", "\"id\":8", StringComparison.Ordinal);
        (await Should.ThrowAsync<ProviderException>(() => adapter.PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Theory]
    [InlineData(InTheOpen)]
    [InlineData(Ours + "," + InTheOpen)]
    public async Task coins_paid_to_a_key_in_the_open_leave_the_address_to_others(string outputs) =>
        (await Should.ThrowAsync<ProviderException>(() => Telling(Transaction(outputs: outputs, inputs: "", coinbase: true, fee: "0"))
            .PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.OutOfReach);

    [Fact]
    public async Task an_address_summed_up_under_the_keys_own_script_is_left_to_others()
    {
        answers["dashboards/address"] = Sums(5, 1, "pubkey", "4104ac");
        (await Should.ThrowAsync<ProviderException>(() => Adapter().SummaryAsync(Address, ct))).Failure.ShouldBe(ProviderFailure.OutOfReach);
        answers["dashboards/address"] = Sums(5, 1, "scripthash", "a914");
        (await Should.ThrowAsync<ProviderException>(() => Adapter().SummaryAsync(Address, ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    public static TheoryData<string> BadTransactions =>
    [
        "null",
        Transaction(inputs: Theirs, fee: "3"),
        Transaction(inputs: Theirs, fee: "4.0"),
        Transaction(inputs: Theirs.Replace("9", "9.0E+0", StringComparison.Ordinal)),
        Transaction(inputs: Theirs.Replace("9", "-9", StringComparison.Ordinal)),
        Transaction(inputs: Theirs.Replace("9", "9223372036854775807", StringComparison.Ordinal)),
        Transaction(inputs: Theirs, outputs: Theirs),
        Transaction(inputs: "null"),
        Transaction(inputs: ""),
        Transaction(inputs: Theirs, coinbase: true),
        Transaction().Replace("\"output_count\":1", "\"output_count\":2", StringComparison.Ordinal),
        Transaction().Replace("2018-11-20 16:31:00", "2018-11-20T16:31:00Z", StringComparison.Ordinal),
        Transaction().Replace("2018-11-20 16:31:00", "1999-11-20 16:31:00", StringComparison.Ordinal),
        Transaction(new string('b', 64)),
    ];

    [Theory]
    [MemberData(nameof(BadTransactions))]
    public async Task a_transaction_that_cannot_be_is_refused(string transaction) =>
        (await Should.ThrowAsync<ProviderException>(() => Telling(transaction).PageAsync(Address, null, ct))).Failure.ShouldBe(
            transaction == "null" ? ProviderFailure.Contradiction : ProviderFailure.BadAnswer);

    [Fact]
    public async Task a_transaction_told_elsewhere_than_listed_or_not_at_all_is_a_contradiction()
    {
        (await Should.ThrowAsync<ProviderException>(() => Telling(Transaction(height: "8"))
            .PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.Contradiction);
        (await Should.ThrowAsync<ProviderException>(() => Telling(Transaction(height: "-1"))
            .PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.Contradiction);
        answers["dashboards/transactions"] = Answer("[]");
        (await Should.ThrowAsync<ProviderException>(() => Adapter().PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.Contradiction);
    }

    public static TheoryData<string> BadLists =>
    [
        Line(A, "-1"),
        Line(A, "null"),
        Line("z"),
        "null",
        Line(A) + "," + Line(A),
        $"\"{A}\"",
        string.Join(',', Enumerable.Repeat(Line(A), 51)),
    ];

    [Theory]
    [MemberData(nameof(BadLists))]
    public async Task a_list_that_cannot_be_is_refused(string list)
    {
        answers["dashboards/address"] = Listing(list);
        answers["dashboards/blocks"] = Block();
        answers["dashboards/transactions"] = Answer("{" + Named(A, Transaction()) + "}");
        (await Should.ThrowAsync<ProviderException>(() => Adapter().PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Theory]
    [InlineData("-1", "1", "-1", "1", (int)ProviderFailure.BadAnswer)]
    [InlineData("1", "0", "1", "0", (int)ProviderFailure.BadAnswer)]
    [InlineData("1", "-1", "1", "0", (int)ProviderFailure.BadAnswer)]
    [InlineData("1e18", "1", "1", "1", (int)ProviderFailure.BadAnswer)]
    [InlineData("5", "1", "6", "1", (int)ProviderFailure.Contradiction)]
    [InlineData("5", "2", "5", "1", (int)ProviderFailure.Contradiction)]
    public async Task a_sum_that_cannot_be_is_refused(string confirmed, string count, string all, string countOfAll, int failure)
    {
        answers["state=latest"] = Sums(confirmed, count);
        answers["dashboards/address"] = Sums(all, countOfAll);
        (await Should.ThrowAsync<ProviderException>(() => Adapter().SummaryAsync(Address, ct))).Failure.ShouldBe((ProviderFailure)failure);
    }

    [Fact]
    public async Task sums_from_two_heights_are_no_sum()
    {
        answers["state=latest"] = Sums(5, 1);
        answers["dashboards/address"] = Sums(5, 1, state: 8);
        (await Should.ThrowAsync<ProviderException>(() => Adapter().SummaryAsync(Address, ct))).Failure.ShouldBe(ProviderFailure.Contradiction);
    }

    [Theory]
    [InlineData("""{"data":null,"context":{"code":402,"error":"limit"}}""")]
    [InlineData("""{"data":[],"context":{"code":200,"results":0,"state":7}}""")]
    [InlineData("""{"data":{"1CounterpartyXXXXXXXXXXXXXXXUWLpVr":{}},"context":{"code":200,"state":7}}""")]
    [InlineData("""{"data":{}}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task an_answer_about_something_else_is_refused(string answer)
    {
        answers["dashboards/address"] = answers["stats"] = answer;
        (await Should.ThrowAsync<ProviderException>(() => Adapter().SummaryAsync(Address, ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);
        (await Should.ThrowAsync<ProviderException>(() => Adapter().PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);
        (await Should.ThrowAsync<ProviderException>(() => Adapter().TipAsync(ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Fact]
    public async Task an_answer_kept_from_before_the_newest_block_is_not_taken_for_today_s()
    {
        var adapter = Adapter();
        answers["stats"] = Tip(9);
        answers["dashboards/address"] = Sums(5, 1, state: 8);
        await adapter.TipAsync(ct);
        (await Should.ThrowAsync<ProviderException>(() => adapter.SummaryAsync(Address, ct))).Failure.ShouldBe(ProviderFailure.Behind);

        // The tip is kept as well. A chain may have become shorter all the same, so the second time it is believed.
        answers["dashboards/address"] = Sums(5, 1, state: 10);
        await adapter.SummaryAsync(Address, ct);
        (await Should.ThrowAsync<ProviderException>(() => adapter.TipAsync(ct))).Failure.ShouldBe(ProviderFailure.Behind);
        (await adapter.TipAsync(ct)).Height.ShouldBe(9);
    }

    [Theory]
    [InlineData("""{"data":null,"context":{"code":400,"error":"Wrong offset: 60 is too large"}}""", (int)ProviderFailure.OutOfReach)]
    [InlineData("""{"data":null,"context":{"code":400,"error":"Wrong address","offset":"60,0"}}""", (int)ProviderFailure.BadAnswer)]
    [InlineData("Bad request", (int)ProviderFailure.BadAnswer)]
    public async Task a_refused_offset_is_told_from_another_refusal(string refusal, int failure)
    {
        answers["dashboards/address"] = Listing(string.Join(',', Enumerable.Range(0, 50).Select(n => Line($"{n:D64}"))));
        var adapter = new Blockchair(Networks.Bitcoin, "blockchair", (path, _, _, _) => path.Contains("offset=0,", StringComparison.Ordinal)
            ? Task.FromResult<Body?>(Rented(answers["dashboards/address"]))
            : throw new ProviderException(ProviderFailure.BadAnswer, "blockchair", "status 400 to a page request") { Refusal = refusal },
                TimeProvider.System);
        (await Should.ThrowAsync<ProviderException>(() =>
            adapter.PageAsync(Address, new Position(7, $"{60:D64}", 60), ct))).Failure.ShouldBe((ProviderFailure)failure);
    }

    private static string Transaction(string? hash = null, string inputs = Theirs, string outputs = Ours, string fee = "4", string height = "7",
        bool coinbase = false) =>
        $$"""{"transaction":{"hash":"{{hash ?? A}}","block_id":{{height}},"time":"2018-11-20 16:31:00","is_coinbase":{{(coinbase ? "true" : "false")}},"input_count":1,"output_count":{{outputs.Split("\"value\"").Length - 1}},"fee":{{fee}},"fee_per_kb":2527.03},"inputs":[{{inputs}}],"outputs":[{{outputs}}]}""";

    private static string Line(string hash, string height = "7") =>
        $$"""{"block_id":{{height}},"hash":"{{hash}}","time":"2018-11-20 16:31:00","balance_change":5}""";

    private static string Named(string name, string told) => $"\"{name}\":{told}";

    private static string Answer(string data, int state = 7) =>
        $$"""{"data":{{data}},"context":{"code":200,"results":1,"state":{{state}},"request_cost":1.9} }""";

    private static string Listing(string list) =>
        Answer($$"""{"{{Text}}":{"address":{"type":"pubkeyhash","script_hex":"S","balance":5,"transaction_count":1},"transactions":[{{list}}],"utxo":[]} }""");

    private static string Sums(long balance, long count, string type = "pubkeyhash", string script = "S", int state = 7) =>
        Sums($"{balance}", $"{count}", type, script, state);

    private static string Sums(string balance, string count, string type = "pubkeyhash", string script = "S", int state = 7) =>
        Answer($$"""{"{{Text}}":{"address":{"type":"{{type}}","script_hex":"{{script}}","balance":{{balance}},"transaction_count":{{count}}},"transactions":[],"utxo":[]} }""", state);

    private static string Block() =>
        Answer($$"""{"7":{"block":{"id":7,"hash":"{{new string('c', 64)}}","time":"2018-11-20 16:31:00"},"transactions":[]} }""");

    private static string Tip(int height) => Answer($$"""{"best_block_height":{{height}},"best_block_hash":"{{A}}"}""", height);

    private Blockchair Telling(string transaction)
    {
        answers["dashboards/address"] = Listing(Line(A));
        answers["dashboards/blocks"] = Block();
        answers["dashboards/transactions"] = Answer("{" + Named(A, transaction) + "}");
        return Adapter();
    }

    private Blockchair Adapter() => new(Networks.Bitcoin, "blockchair", (path, _, _, _) =>
    {
        asked.Add(path);
        return Task.FromResult<Body?>(Rented(answers.First(answer => path.Contains(answer.Key, StringComparison.Ordinal)).Value));
    }, TimeProvider.System);

    private static Body Rented(string text)
    {
        text = text.Replace("\"S\"", $"\"{Convert.ToHexStringLower(Address.Script.AsSpan())}\"", StringComparison.Ordinal);
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new Body(buffer, Encoding.UTF8.GetBytes(text, buffer));
    }
}
