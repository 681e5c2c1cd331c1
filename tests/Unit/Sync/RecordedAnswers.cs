using System.Buffers;
using System.Text;
using System.Text.Json;
using Chains;
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
        foreach (var answer in Recordings("blockchain-info").Where(recording => recording.TryGetProperty("response", out var response) && response.TryGetProperty("addresses", out _)).Select(recording => recording.GetProperty("response")))
        {
            var told = answer.GetProperty("addresses").EnumerateArray().ToList();
            var summaries = await Info(answer).SummariesAsync([.. told.Select(entry => Parse(Networks.Bitcoin, entry.GetProperty("address").GetString()!))], Cancellation);

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
        page.Transactions.Aggregate(Amount.Zero, (sum, transaction) => sum + transaction.Delta).ShouldBe(recorded.Value.GetProperty("final_balance").GetInt64());
        page.Transactions.Zip(recorded.Value.GetProperty("txs").EnumerateArray()).ShouldAllBe(pair => pair.First.Delta == pair.Second.GetProperty("result").GetInt64());
        page.Full.ShouldBeFalse();
    }

    [Fact]
    public async Task every_recorded_transaction_that_is_told_whole_is_read_as_a_page_of_each_address_in_it()
    {
        SkipWithoutData();
        var (read, parted) = (0, 0);
        var transactions = Recordings("blockchain-info").Where(recording => recording.TryGetProperty("response", out _)).Select(recording => recording.GetProperty("response"))
            .SelectMany(answer => answer.TryGetProperty("txs", out var list) ? list.EnumerateArray() : Enumerable.Repeat(answer, 1));
        foreach (var transaction in transactions)
        {
            var outputs = transaction.GetProperty("out").EnumerateArray().ToList();
            var sides = transaction.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("prev_out")).Concat(outputs);
            foreach (var address in sides.Select(side => side.GetProperty("addr").GetString()!).Distinct())
            {
                var page = Info($$"""{"address":"{{address}}","n_tx":1,"txs":[{{transaction.GetRawText()}}]}""").PageAsync(Parse(Networks.Bitcoin, address), null, Cancellation);
                if (transaction.GetProperty("vout_sz").GetInt32() == outputs.Count)
                {
                    var told = (await page).Transactions.ShouldHaveSingleItem();
                    (told.Txid, told.Height).ShouldBe((transaction.GetProperty("hash").GetString(), transaction.GetProperty("block_height").GetInt64()));
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
                var network = transaction.GetProperty("vout")[0].GetProperty("scriptpubkey_address").GetString()! is ['1' or '3', ..] or ['b', 'c', ..] ? Networks.Bitcoin : Networks.BitcoinTestnet;
                var address = Parse(network, transaction.GetProperty("vout")[0].GetProperty("scriptpubkey_address").GetString()!);
                var page = Esplora(network, $"[{body}]").PageAsync(address, null, Cancellation);
                if (transaction.GetProperty("status").GetProperty("confirmed").GetBoolean()) (await page).Transactions.ShouldHaveSingleItem().Fee.ShouldBe(transaction.GetProperty("fee").GetInt64());
                else (await Should.ThrowAsync<ProviderException>(() => page)).Message.ShouldContain("unconfirmed");
                pages++;
            }
        }

        (hashes, pages).ShouldBe((5, 3));
    }

    private static BlockchainInfo Info(JsonElement answer) => Info(answer.GetRawText());

    private static BlockchainInfo Info(string body) => new(Networks.Bitcoin, "info", (_, _, _, _) => Task.FromResult<Body?>(Rented(body)), TimeProvider.System);

    private static Esplora Esplora(Network network, string body) => new(network, "esplora", (_, _, _, _) => Task.FromResult<Body?>(Rented(body)));

    private static Address Parse(Network network, string address) => (Address)Addresses.Parse(network, address);

    private static IEnumerable<JsonElement> Recordings(string provider) =>
        Directory.EnumerateFiles(SharedData.PathOf("providers", provider), "*.json").Order(StringComparer.Ordinal).Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement);

    private static void SkipWithoutData() => Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);

    private static Body Rented(string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new Body(buffer, Encoding.UTF8.GetBytes(text, buffer));
    }
}
