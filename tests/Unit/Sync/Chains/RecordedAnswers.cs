using System.Buffers;
using System.Text;
using System.Text.Json;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Utxo;
using Testing;
using Xunit;

namespace Unit.Sync;

/// <summary>What the real providers once answered is read, and adds up where an answer is complete.</summary>
public sealed class RecordedAnswers
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_recorded_sum_of_many_addresses_is_read_as_recorded()
    {
        SkipWithoutData();
        var read = 0;
        foreach (var answer in Recordings("blockchain-info")
            .Where(recording => recording.TryGetProperty("response", out var response) && response.TryGetProperty("addresses", out _))
            .Select(recording => recording.GetProperty("response")))
        {
            var told = answer.GetProperty("addresses").EnumerateArray().ToList();
            var summaries = await Info(answer).SummariesAsync(
                [.. told.Select(entry => Parse(Networks.Bitcoin, entry.GetProperty("address").GetString()!))], Cancellation);

            var block = answer.GetProperty("info").GetProperty("latest_block");
            summaries.Tip.ShouldBe(new ChainTip(block.GetProperty("height").GetInt64(), block.GetProperty("hash").GetString()!));
            foreach (var entry in told)
            {
                // All of it was confirmed when it was recorded.
                summaries.ByAddress[entry.GetProperty("address").GetString()!].ShouldBe(
                    new AddressSummary(entry.GetProperty("final_balance").GetInt64(), 0, entry.GetProperty("n_tx").GetInt64()));
            }

            read++;
        }

        read.ShouldBe(6);
    }

    [Fact]
    public async Task a_recorded_history_of_one_address_adds_up_to_its_recorded_sums()
    {
        SkipWithoutData();
        var recorded = Recordings("blockchain-info").Single(recording => !recording.TryGetProperty("response", out _)).EnumerateObject().Single();
        var page = await Info(recorded.Value).PageAsync(Parse(Networks.Bitcoin, recorded.Name), null, Cancellation);

        page.Transactions.Count.ShouldBe(recorded.Value.GetProperty("n_tx").GetInt32());
        page.Transactions.Aggregate(Amount.Zero, (sum, transaction) => sum + transaction.Delta)
            .ShouldBe(recorded.Value.GetProperty("final_balance").GetInt64());
        page.Transactions.Zip(recorded.Value.GetProperty("txs").EnumerateArray())
            .ShouldAllBe(pair => pair.First.Delta == pair.Second.GetProperty("result").GetInt64());
        page.Full.ShouldBeFalse();
    }

    [Fact]
    public async Task every_recorded_transaction_that_is_told_whole_is_read_as_a_page_of_each_address_in_it()
    {
        SkipWithoutData();
        var (read, parted) = (0, 0);
        var transactions = Recordings("blockchain-info").Where(recording => recording.TryGetProperty("response", out _))
            .Select(recording => recording.GetProperty("response"))
            .SelectMany(answer => answer.TryGetProperty("txs", out var list) ? list.EnumerateArray() : Enumerable.Repeat(answer, 1));
        foreach (var transaction in transactions)
        {
            var outputs = transaction.GetProperty("out").EnumerateArray().ToList();
            var sides = transaction.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("prev_out")).Concat(outputs);
            foreach (var address in sides.Select(side => side.GetProperty("addr").GetString()!).Distinct())
            {
                var page = Info($$"""{"address":"{{address}}","n_tx":1,"txs":[{{transaction.GetRawText()}}]}""")
                    .PageAsync(Parse(Networks.Bitcoin, address), null, Cancellation);
                if (transaction.GetProperty("vout_sz").GetInt32() == outputs.Count)
                {
                    var told = (await page).Transactions.ShouldHaveSingleItem();
                    (told.Txid, told.Height).ShouldBe((transaction.GetProperty("hash").GetString(), transaction.GetProperty("block_height")
                        .GetInt64()));
                    told.Fee.ShouldBe(transaction.GetProperty("fee").GetInt64());
                    read++;
                }
                else
                {
                    // Asked for many addresses, it leaves outputs out; such a one is no whole transaction.
                    (await Should.ThrowAsync<ProviderException>(() => page)).Message.ShouldContain("in part only");
                    parted++;
                }
            }
        }

        read.ShouldBeGreaterThan(50);
        parted.ShouldBePositive();
    }

    [Fact]
    public async Task recorded_answers_of_an_esplora_are_read()
    {
        SkipWithoutData();
        var (hashes, pages) = (0, 0);
        foreach (var file in Directory.EnumerateFiles(SharedData.PathOf("providers", "esplora")))
        {
            var body = await File.ReadAllTextAsync(file, Cancellation);
            var name = Path.GetFileName(file);
            if (name.StartsWith("_block_height_", StringComparison.Ordinal))
            {
                // Recorded as JSON text, told as plain text.
                (await Esplora(Networks.Bitcoin, JsonSerializer.Deserialize<string>(body)!).BlockHashAsync(0, Cancellation)).ShouldNotBeNull();
                hashes++;
            }
            else if (name.Split('.')[0].Split('_') is ["", "tx", _])
            {
                var transaction = JsonDocument.Parse(body).RootElement;
                var network = transaction.GetProperty("vout")[0].GetProperty("scriptpubkey_address")
                    .GetString()! is ['1' or '3', ..] or ['b', 'c', ..] ? Networks.Bitcoin : Networks.BitcoinTestnet;
                var address = Parse(network, transaction.GetProperty("vout")[0].GetProperty("scriptpubkey_address").GetString()!);
                var page = Esplora(network, $"[{body}]").PageAsync(address, null, Cancellation);
                if (transaction.GetProperty("status").GetProperty("confirmed").GetBoolean())
                    (await page).Transactions.ShouldHaveSingleItem().Fee.ShouldBe(transaction.GetProperty("fee").GetInt64());
                else (await Should.ThrowAsync<ProviderException>(() => page)).Message.ShouldContain("unconfirmed");
                pages++;
            }
        }

        (hashes, pages).ShouldBe((5, 3));
    }

    [Fact]
    public async Task what_blockchair_recorded_of_a_transaction_is_what_its_node_and_an_esplora_recorded()
    {
        SkipWithoutData();
        var (confirmed, unconfirmed, unknown) = (0, 0, 0);
        foreach (var file in Directory.EnumerateFiles(SharedData.PathOf("providers", "blockchair"), "_dashboards_transaction_*"))
        {
            var txid = Path.GetFileName(file).Split('_', '.')[3];
            var told = await File.ReadAllTextAsync(file, Cancellation);
            var data = JsonDocument.Parse(told).RootElement.GetProperty("data");
            if (data.ValueKind is JsonValueKind.Array)
            {
                (await Should.ThrowAsync<ProviderException>(() =>
                    Blockchair(Networks.BitcoinTestnet, "2NEhVzd2Lom5g7ZF5K1qYrgZLpXecniqHcE", 1, txid, told))).Message.ShouldContain(
                        "does not tell");
                unknown++;
                continue;
            }

            var transaction = data.GetProperty(txid);
            var raw = JsonDocument.Parse(await File.ReadAllTextAsync(Recorded("blockchair", $"_raw_transaction_{txid}"), Cancellation)).RootElement
                .GetProperty("data").GetProperty(txid).GetProperty("decoded_raw_transaction");
            var facts = transaction.GetProperty("transaction");
            var height = facts.GetProperty("block_id").GetInt64();
            foreach (var address in transaction.GetProperty("inputs").EnumerateArray().Concat(transaction.GetProperty("outputs").EnumerateArray())
                .Select(side => side.GetProperty("recipient").GetString()!))
            {
                var page = Blockchair(Networks.BitcoinTestnet, address, height, txid, told);
                if (height < 0)
                {
                    (await Should.ThrowAsync<ProviderException>(() => page)).Message.ShouldContain("unconfirmed");
                    unconfirmed++;
                    continue;
                }

                var read = (await page).Transactions.ShouldHaveSingleItem();
                (read.Txid, read.Height, read.Fee).ShouldBe((txid, height, (Amount)facts.GetProperty("fee").GetInt64()));
                (Sum(read.From), Sum(read.To)).ShouldBe(((Amount)facts.GetProperty("input_total").GetInt64(),
                    (Amount)facts.GetProperty("output_total").GetInt64()));
                read.To.Select(party => party.Value).ShouldBe(raw.GetProperty("vout").EnumerateArray()
                    .Select(output => (Amount)(long)(output.GetProperty("value").GetDecimal() * 100_000_000)));

                var same = (await Esplora(Networks.BitcoinTestnet,
                    $"[{await File.ReadAllTextAsync(Recorded("esplora", $"_tx_{txid}."), Cancellation)}]")
                        .PageAsync(Parse(Networks.BitcoinTestnet, address), null, Cancellation)).Transactions[0];
                (read.Txid, read.Height, read.BlockTime, read.Fee, read.Delta, read.Coinbase)
                    .ShouldBe((same.Txid, same.Height, same.BlockTime, same.Fee, same.Delta, same.Coinbase));
                read.From.ShouldBe(same.From);
                read.To.ShouldBe(same.To);
                confirmed++;
            }
        }

        (confirmed, unconfirmed, unknown).ShouldBe((6, 3, 1));
    }

    [Fact]
    public async Task what_blockchair_recorded_of_an_address_is_summed_up_as_recorded()
    {
        SkipWithoutData();
        var recorded = JsonDocument.Parse(await File.ReadAllTextAsync(Recorded("blockchair", "_dashboards_addresses_"), Cancellation)).RootElement;
        var (data, context) = (recorded.GetProperty("data"), recorded.GetProperty("context"));
        var address = data.GetProperty("addresses").EnumerateObject().Single();
        // Recorded of many addresses, of whom there was one: then the set's count is its.
        var count = data.GetProperty("set").GetProperty("transaction_count").GetInt64();
        var sums = address.Value.GetRawText().TrimEnd().TrimEnd('}') + $",\"transaction_count\":{count}}}";
        var answer = $$"""{"data":{"{{address.Name}}":{"address":{{sums}},"transactions":[],"utxo":[]} },"context":{{context.GetRawText()}}}""";
        var summary = await new Blockchair(Networks.BitcoinTestnet, "blockchair", (_, _, _, _) => Task.FromResult<Body?>(Rented(answer)),
            TimeProvider.System).SummaryAsync(Parse(Networks.BitcoinTestnet, address.Name), Cancellation);
        summary.ShouldBe(new AddressSummary(address.Value.GetProperty("balance").GetInt64(), 0, count));

        // Its only transaction was recorded as well.
        var txid = data.GetProperty("transactions")[0].GetString()!;
        var coin = data.GetProperty("utxo")[0];
        var page = await Blockchair(Networks.BitcoinTestnet, address.Name, coin.GetProperty("block_id").GetInt64(), txid,
            await File.ReadAllTextAsync(Recorded("blockchair", $"_dashboards_transaction_{txid}"), Cancellation));
        page.Transactions.ShouldHaveSingleItem().Delta.ShouldBe(summary.Confirmed);
        summary.Confirmed.ShouldBe(coin.GetProperty("value").GetInt64());
    }

    // The recorded transaction as the only one of the address's list; its block was not recorded.
    private static Task<HistoryPage> Blockchair(Network network, string text, long height, string txid, string told)
    {
        var address = Parse(network, text);
        var list = $$"""{"data":{"{{text}}":{"address":{"type":"","script_hex":"{{Convert.ToHexStringLower(address.Script.AsSpan())}}","balance":0,"transaction_count":1},"transactions":[{"block_id":{{height}},"hash":"{{txid}}"}]} },"context":{"code":200} }""";
        var facts = JsonDocument.Parse(told).RootElement.GetProperty("data") is { ValueKind: JsonValueKind.Object } data ? data.GetProperty(txid)
            .GetProperty("transaction") : default;
        var block = facts.ValueKind is JsonValueKind.Undefined ? ""
            : $$"""{"data":{"{{height}}":{"block":{"id":{{height}},"hash":"{{new string('b', 64)}}","time":"{{facts.GetProperty("time").GetString()}}"} } },"context":{"code":200} }""";
        return new Blockchair(network, "blockchair", (path, _, _, _) => Task.FromResult<Body?>(Rented(
            path.Contains("/transactions/", StringComparison.Ordinal) ? told : path.Contains("/blocks/", StringComparison.Ordinal) ? block : list)),
            TimeProvider.System).PageAsync(address, null, Cancellation);
    }

    private static string Recorded(string provider, string beginning) =>
        Directory.EnumerateFiles(SharedData.PathOf("providers", provider), beginning + "*").Single();

    private static Amount Sum(IEnumerable<ChainParty> side) => side.Aggregate(Amount.Zero, (sum, party) => sum + party.Value);

    private static BlockchainInfo Info(JsonElement answer) => Info(answer.GetRawText());

    private static BlockchainInfo Info(string body) =>
        new(Networks.Bitcoin, "info", (_, _, _, _) => Task.FromResult<Body?>(Rented(body)), TimeProvider.System);

    private static Esplora Esplora(Network network, string body) => new(network, "esplora", (_, _, _, _) => Task.FromResult<Body?>(Rented(body)));

    private static Address Parse(Network network, string address) => (Address)Addresses.Parse(network, address);

    private static IEnumerable<JsonElement> Recordings(string provider) =>
        Directory.EnumerateFiles(SharedData.PathOf("providers", provider), "*.json").Order(StringComparer.Ordinal)
            .Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement);

    private static void SkipWithoutData() => Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);

    private static Body Rented(string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new Body(buffer, Encoding.UTF8.GetBytes(text, buffer));
    }
}
