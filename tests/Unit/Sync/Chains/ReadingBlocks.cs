using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Utxo;
using Xunit;

namespace Unit.Sync;

/// <summary>Which addresses a block touches, and that whatever a provider answers for one is that or a stated failure.</summary>
public sealed class ReadingBlocks
{
    private const string Transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    private static readonly string[] Words = [.. "abcdef".Select(digit => new string(digit, 64))];
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task senders_receivers_the_proposer_and_who_withdraws_are_in_a_block()
    {
        var told = await Node($$$"""
            {"number":"0x5","hash":"0x{{{Words[0]}}}","parentHash":"0x{{{Words[1]}}}","timestamp":"0x65000000","miner":"{{{Account('1')}}}",
             "transactions":[{"from":"{{{Account('2')}}}","to":"{{{Account('3').ToUpperInvariant().Replace("0X", "0x")}}}"},
                {"from":"{{{Account('2')}}}","to":null}],
             "withdrawals":[{"address":"{{{Account('4')}}}"}]}
            """).WholeBlockAsync(5, ct);
        told.ShouldNotBeNull();
        (told.Value.Block.Hash, told.Value.Block.ParentHash).ShouldBe(($"0x{Words[0]}", $"0x{Words[1]}"));
        told.Value.Accounts.ShouldBe([Account('1'), Account('2'), Account('3'), Account('4')], ignoreOrder: true);
    }

    [Fact]
    public async Task accounts_that_logs_name_are_found_and_numbers_are_not()
    {
        var block = $"0x{Words[0]}";
        var moved = await Node($$$"""
            [{"blockHash":"{{{block}}}","topics":["{{{Transfer}}}","{{{Padded('5')}}}","{{{Padded('6')}}}"]},
             {"blockHash":"{{{block}}}","topics":["{{{Transfer}}}","{{{Padded('5')}}}","{{{Padded('7')}}}","0x{{{Words[5]}}}"]},
             {"blockHash":"{{{block}}}","topics":["{{{Transfer}}}"]}]
            """).MovedInAsync(block, ct);
        moved.ShouldNotBeNull().ShouldBe([Account('5'), Account('6'), Account('7')], ignoreOrder: true);
    }

    [Fact]
    public async Task a_block_that_is_not_there_is_no_failure()
    {
        (await Node("null").WholeBlockAsync(5, ct)).ShouldBeNull();
        (await GivenAccounts.Node("""{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"unknown block"}}""").MovedInAsync($"0x{Words[0]}", ct))
            .ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"number":"0x6","hash":"0xa","parentHash":"0xb","timestamp":"0x1","transactions":[]}""")]
    [InlineData("""{"number":"0x5","hash":"HASH","parentHash":"HASH","timestamp":"0x1"}""")]
    [InlineData("""{"number":"0x5","hash":"HASH","parentHash":"HASH","timestamp":"0x1","transactions":[null]}""")]
    [InlineData("""{"number":"0x5","hash":"HASH","parentHash":"HASH","timestamp":"0x1","transactions":[{"from":"me"}]}""")]
    [InlineData("[]")]
    public async Task a_block_that_cannot_be_is_refused(string block) => (await Should.ThrowAsync<ProviderException>(
        () => Node(block.Replace("HASH", $"0x{Words[0]}", StringComparison.Ordinal)).WholeBlockAsync(5, ct)))
        .Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Theory]
    [InlineData("""{"no":"list"}""")]
    [InlineData("""[{"blockHash":"another","topics":[]}]""")]
    [InlineData("""[{"blockHash":"HASH"}]""")]
    [InlineData("[null]")]
    public async Task logs_that_cannot_be_are_refused(string logs) => (await Should.ThrowAsync<ProviderException>(
        () => Node(logs.Replace("HASH", $"0x{Words[0]}", StringComparison.Ordinal)).MovedInAsync($"0x{Words[0]}", ct)))
        .Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Fact]
    public async Task all_sides_of_a_blocks_transactions_are_touched()
    {
        var touched = await Esplora(path => path.EndsWith("/txs/25", StringComparison.Ordinal) ? $"[{Coins(25)}]"
            : $"[{string.Join(',', Enumerable.Range(0, 25).Select(Coins))}]").TouchedAsync(Block(2), ct);
        touched.ShouldNotBeNull().ShouldBe(Enumerable.Range(0, 26).SelectMany(n => new[] { $"in{n}", $"out{n}" }), ignoreOrder: true);
        (await Esplora(_ => null).TouchedAsync(Block(2), ct)).ShouldBeNull("it is not told any more");

        static string Coins(int n) => $$$"""
            {"txid":"{{{n:x64}}}","vin":[{"prevout":{"scriptpubkey":"a","scriptpubkey_address":"in{{{n}}}","value":1}},{"is_coinbase":true}],
             "vout":[{"scriptpubkey":"b","scriptpubkey_address":"out{{{n}}}","value":1},
             {"scriptpubkey":"c","scriptpubkey_address":"no such: one","value":1},
             {"scriptpubkey":"6a","value":0}],"fee":0,"status":{"confirmed":true}}
            """;
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("""[{"txid":"t","vin":[null],"vout":[],"fee":0,"status":{"confirmed":true}}]""")]
    [InlineData("<html>")]
    public async Task a_page_of_a_block_that_cannot_be_is_refused(string page) =>
        (await Should.ThrowAsync<ProviderException>(() => Esplora(_ => page).TouchedAsync(Block(1), ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Fact]
    public async Task what_became_of_a_transaction_is_known_by_itself_or_by_its_coins()
    {
        var (txid, other, coin) = (Words[0], Words[1], $"{Words[2]}:7");
        var known = $$$"""{"txid":"{{{txid}}}","vin":[],"vout":[],"fee":0,"status":{"confirmed":CONFIRMED}}""";
        (await Fate(known.Replace("CONFIRMED", "true", StringComparison.Ordinal), null)).ShouldBe(PendingFate.InBlock);
        (await Fate(known.Replace("CONFIRMED", "false", StringComparison.Ordinal), null)).ShouldBe(PendingFate.Waiting);
        (await Fate(null, $$$"""{"spent":true,"txid":"{{{other}}}","vin":0}""")).ShouldBe(PendingFate.Replaced(other));
        (await Fate(null, """{"spent":false}""")).ShouldBe(PendingFate.Unknown);
        (await Fate(null, null)).ShouldBe(PendingFate.Unknown, "its parent is not known either");
        (await Should.ThrowAsync<ProviderException>(() => Fate(null, """{"spent":true,"txid":"nothing"}""")))
            .Failure.ShouldBe(ProviderFailure.BadAnswer);
        (await Should.ThrowAsync<ProviderException>(() => Fate(known.Replace(txid, other, StringComparison.Ordinal)
            .Replace("CONFIRMED", "true", StringComparison.Ordinal), null))).Failure.ShouldBe(ProviderFailure.BadAnswer);

        Task<PendingFate> Fate(string? transaction, string? spender) => Esplora(path =>
            path == $"tx/{txid}" ? transaction : path == $"tx/{Words[2]}/outspend/7" ? spender : throw new InvalidOperationException(path))
            .FateAsync(txid, [coin], ct);
    }

    private static FollowedBlock Block(int pages) => new(5, Words[0], Words[1], pages, []);

    private static Esplora Esplora(Func<string, string?> answer) => new(Networks.Bitcoin, "esplora",
        (path, _, _, _) => Task.FromResult(answer(path) is { } text ? GivenAccounts.Body(text) : null));

    private static global::Sync.Chains.Evm.EvmRpc Node(string result) => GivenAccounts.Node($$$"""{"jsonrpc":"2.0","id":1,"result":{{{result}}}}""");

    private static string Account(char digit) => GivenAccounts.Account(digit);

    private static string Padded(char digit) => "0x" + new string('0', 24) + new string(digit, 40);
}
