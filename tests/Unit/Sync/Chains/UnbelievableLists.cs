using System.Buffers;
using System.Globalization;
using System.Text;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Utxo;
using Testing;
using Xunit;

namespace Unit.Sync;

/// <summary>Whatever blockchain.info answers, it is data or a stated failure, never an accident.</summary>
public sealed class UnbelievableLists
{
    private const string Text = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    private static readonly Address Address = (Address)Addresses.Parse(Networks.Bitcoin, Text);
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    // Hash, inputs, outputs, fee and height; S stands for the address's script.
    private static string Transaction(string hash, string inputs, string outputs, string fee = "0", string height = "7", string more = "") =>
        $$"""{"hash":"{{new string(hash[0], 64)}}","inputs":[{{inputs}}],"out":[{{outputs}}],"vin_sz":{{Count(inputs)}},"vout_sz":{{Count(outputs)}},"fee":{{fee}},"time":1600000000,"block_height":{{height}}{{more}}}""";

    private static int Count(string list) => list.Split("\"value\"").Length - 1 + (list.Contains("null", StringComparison.Ordinal) ? 1 : 0);

    private const string ToUs = """{"script":"S","value":5,"addr":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"}""";
    private const string Coinbase = """{"prev_out":null}""";

    [Fact]
    public async Task a_coinbase_and_outputs_without_value_or_address_are_read()
    {
        var page = await Listing(Transaction("a", Coinbase, ToUs + """,{"script":"6a24aa21a9ed","value":0}""")).PageAsync(Address, null, ct);

        var read = page.Transactions.ShouldHaveSingleItem();
        (read.Coinbase, read.Delta, read.Fee, read.BlockHash).ShouldBe((true, (Amount)5, Amount.Zero, null));
        read.To.Select(party => party.Address).ShouldBe([Text, null]);
    }

    [Fact]
    public async Task coins_paid_to_a_key_in_the_open_are_not_its_address_whatever_the_answer_calls_them() =>
        (await Should.ThrowAsync<ProviderException>(() =>
            Listing(Transaction("a", Coinbase, ToUs.Replace("\"S\"", "\"41ac\"", StringComparison.Ordinal))).PageAsync(Address, null, ct)))
            .Message.ShouldContain("coins paid to a key in the open");

    [Fact]
    public async Task what_is_unconfirmed_is_on_no_page()
    {
        var waiting = Transaction("b", """{"prev_out":{"script":"00","value":9}}""", ToUs, "4", "null", ",\"double_spend\":true");
        var page = await Listing(waiting, Transaction("a", Coinbase, ToUs)).PageAsync(Address, null, ct);
        page.Transactions.ShouldHaveSingleItem().Txid.ShouldBe(new string('a', 64));
        page.Newer.ShouldBe(1);
    }

    public static TheoryData<string> Bad =>
    [
        "null",
        Transaction("a", "", ToUs, "1.5"),
        Transaction("a", Coinbase, ToUs.Replace("5", "-5", StringComparison.Ordinal)),
        Transaction("a", Coinbase, ToUs.Replace("5", "9223372036854775807", StringComparison.Ordinal)),
        Transaction("z", Coinbase, ToUs),
        Transaction("a", Coinbase, ToUs, height: "-1"),
        Transaction("a", """{"prev_out":{"script":"00","value":9}}""", ToUs, "3"),
        Transaction("a", """{"prev_out":null},{"prev_out":{"script":"00","value":9}}""", ToUs, "4"),
        Transaction("a", Coinbase, ToUs).Replace("\"vout_sz\":1", "\"vout_sz\":2", StringComparison.Ordinal),
        Transaction("a", Coinbase, ToUs) + "," + Transaction("a", Coinbase, ToUs),
        Transaction("a", Coinbase, ToUs) + "," + Transaction("b", Coinbase, ToUs, height: "8"),
        Transaction("a", Coinbase, ToUs) + "," + Transaction("b", Coinbase, ToUs, height: "null"),
    ];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task a_list_that_cannot_be_is_refused(string list) =>
        (await Should.ThrowAsync<ProviderException>(() => Listing(list).PageAsync(Address, null, ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Theory]
    [InlineData(1, 4, 5, 5)]
    [InlineData(0, 5, 0, 0)]
    [InlineData(0, -1, 1, 0)]
    [InlineData(0, 0, -1, 0)]
    public async Task a_sum_that_cannot_be_is_refused(int waiting, long balance, long count, long _)
    {
        var list = waiting == 0 ? "" : Transaction("b", """{"prev_out":{"script":"00","value":9}}""", ToUs, "4", "null");
        (await Should.ThrowAsync<ProviderException>(() => Answering(Sums(Text, balance, count, list))
            .SummaryAsync(Address, ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Fact]
    public async Task another_addresss_sum_or_history_is_refused()
    {
        const string Other = "1CounterpartyXXXXXXXXXXXXXXXUWLpVr";
        await Should.ThrowAsync<ProviderException>(() => Answering(Sums(Other, 5, 1, "")).SummaryAsync(Address, ct));
        await Should.ThrowAsync<ProviderException>(() => Answering($$"""{"address":"{{Other}}","txs":[]}""").PageAsync(Address, null, ct));
    }

    [Fact]
    public async Task a_refused_number_is_believed_for_ten_minutes()
    {
        var time = new ManualTime();
        var asked = new List<string>();
        var provider = new BlockchainInfo(Networks.Bitcoin, "info", Refuse, time);
        (await FirstAsked()).ShouldBe("997");
        (await FirstAsked()).ShouldBe("50");
        time.Advance(TimeSpan.FromMinutes(9));
        (await FirstAsked()).ShouldBe("50");
        time.Advance(TimeSpan.FromMinutes(2));
        (await FirstAsked()).ShouldBe("997");

        async Task<string> FirstAsked()
        {
            asked.Clear();
            await Should.ThrowAsync<ProviderException>(() => provider.PageAsync(Address, new Position(7, new string('a', 64), 1_000), ct));
            return asked[0];
        }

        Task<Body?> Refuse(string path, string kind, string contentType, CancellationToken cancellation)
        {
            var offset = path.Split("offset=")[1];
            asked.Add(offset);
            return int.Parse(offset, CultureInfo.InvariantCulture) <= 50
                ? Task.FromResult<Body?>(Rented($$"""{"address":"{{Text}}","txs":[]}"""))
                : throw new ProviderException(ProviderFailure.BadAnswer, "info",
                    "answered 400")
                { Refusal = $$"""{"error":"user-error","message":"offset exceeded: {{offset}} > 50"}""" };
        }
    }

    private static string Sums(string address, long balance, long count, string list) =>
        "{\"addresses\":[{\"address\":\"" + address + "\",\"n_tx\":" + count + ",\"final_balance\":" + balance + "}],\"txs\":[" + list
        + "],\"info\":{\"latest_block\":{\"hash\":\"" + new string('c', 64) + "\",\"height\":9}}}";

    private static BlockchainInfo Listing(params string[] transactions) =>
        Answering($$"""{"address":"{{Text}}","n_tx":1,"txs":[{{string.Join(',', transactions)}}]}""");

    private static BlockchainInfo Answering(string body)
    {
        var text = body.Replace("\"S\"", $"\"{Convert.ToHexStringLower(Address.Script.AsSpan())}\"", StringComparison.Ordinal);
        return new BlockchainInfo(Networks.Bitcoin, "info", (_, _, _, _) => Task.FromResult<Body?>(Rented(text)), TimeProvider.System);
    }

    private static Body Rented(string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new Body(buffer, Encoding.UTF8.GetBytes(text, buffer));
    }
}
