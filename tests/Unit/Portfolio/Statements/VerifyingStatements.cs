using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chains;
using CsCheck;
using Portfolio;
using Portfolio.Prices;
using Portfolio.Statements;
using Portfolio.Statements.Verifying;
using Portfolio.Valuation;
using ServiceDefaults;
using Shouldly;
using Testing;
using Unit.Chains;
using Xunit;

namespace Unit.Portfolio.Statements;

/// <summary>A statement of real addresses of two recorded blocks, with the proofs that those blocks give.</summary>
public sealed class VerifyingStatements : IDisposable
{
    private static readonly Network Network = Networks.BitcoinTestnet;
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 0, 0, 0, TimeSpan.Zero);
    private static readonly Lazy<Statement> Made = new(Make);

    private readonly TokenSigner signer = new("portfolio", NewKey(), TimeProvider.System);

    [Fact]
    public void a_statement_that_nobody_changed_has_no_fault_and_says_what_is_not_shown()
    {
        SkipWithoutData();
        var findings = Check(Signed(Made.Value));
        findings.Where(finding => finding.Kind is FindingKind.Fault).ShouldBeEmpty();
        findings.ShouldContain(finding => finding.Kind == FindingKind.Shown && finding.Where == "signature");
        findings.Count(finding => finding.Text.Contains("hashes were tried for", StringComparison.Ordinal))
            .ShouldBe(Made.Value.Proofs!.Transactions.Count - 1);
        findings.ShouldContain(finding => finding.Text.Contains("as the line says", StringComparison.Ordinal));
        findings.ShouldContain(finding => finding.Kind == FindingKind.NotShown
            && finding.Text.Contains(Statement.Unprovable, StringComparison.Ordinal));
        findings.ShouldContain(finding => finding.Kind == FindingKind.NotShown && finding.Where == "completeness");
    }

    [Fact]
    public void white_space_and_the_order_of_members_change_nothing()
    {
        SkipWithoutData();
        var json = JsonNode.Parse(Signed(Made.Value))!.AsObject();
        var turned = new JsonObject(json.Reverse().Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
        Check(turned.ToJsonString(new JsonSerializerOptions { WriteIndented = true })).ShouldNotContain(finding => finding.Kind == FindingKind.Fault);
    }

    [Fact]
    public void each_field_that_is_changed_is_found()
    {
        SkipWithoutData();
        var leaves = Leaves(JsonNode.Parse(Signed(Made.Value))!).Count;
        leaves.ShouldBeGreaterThan(200);
        for (var i = 0; i < leaves; i++)
        {
            var (json, path) = Changed(i);
            Faults(json).ShouldNotBeEmpty(path);
        }
    }

    [Fact]
    public void who_makes_the_digest_anew_is_found_by_the_signature()
    {
        SkipWithoutData();
        var leaves = Leaves(JsonNode.Parse(Signed(Made.Value))!).Count;
        Gen.Int[0, leaves - 1].Sample(i =>
        {
            var (json, path) = Changed(i);
            if (path.StartsWith("$.digest", StringComparison.Ordinal)) return;
            Faults(DigestedAnew(json)).ShouldNotBeEmpty(path);
        }, iter: 300);
    }

    [Fact]
    public void who_makes_the_digest_anew_is_found_by_sums_and_proofs_even_without_a_key()
    {
        SkipWithoutData();
        var signed = JsonNode.Parse(Signed(Made.Value))!;
        var found = 0;
        foreach (var (i, leaf) in Leaves(signed).Index())
        {
            // What is added up, and what blocks prove; the rest is the service's word.
            if (!leaf.EndsWith(".amount", StringComparison.Ordinal) && !leaf.EndsWith("].delta", StringComparison.Ordinal)
                && !leaf.EndsWith("].balance", StringComparison.Ordinal) && !leaf.EndsWith("].txid", StringComparison.Ordinal)
                && !leaf.EndsWith("].blockHash", StringComparison.Ordinal) && !leaf.Contains(".merkle[", StringComparison.Ordinal)
                && !leaf.EndsWith(".header", StringComparison.Ordinal) && !leaf.EndsWith(".raw", StringComparison.Ordinal)) continue;
            var (json, path) = Changed(i);
            try
            {
                StatementFile.Check(Encoding.UTF8.GetBytes(DigestedAnew(json)), null, Networks.Shipped)
                    .Where(finding => finding.Kind == FindingKind.Fault).ShouldNotBeEmpty(path);
            }
            catch (FormatException)
            {
                // Not even a statement any more.
            }

            found++;
        }

        found.ShouldBeGreaterThan(80);
    }

    [Fact]
    public void an_output_that_pays_somebody_else_is_no_proof_of_a_gain()
    {
        SkipWithoutData();
        // The whole statement is made consistent again, but for what the real transaction pays.
        var address = Made.Value.Addresses[0];
        var balance = address.Balances[0];
        var first = balance.Transactions[0];
        StatementTransaction[] lines = [first with { Delta = first.Delta + 1, Balance = first.Balance + 1 },
            .. balance.Transactions.Skip(1).Select(one => one with { Balance = one.Balance + 1 })];
        var told = Made.Value with
        {
            Addresses = [address with { Balances = [balance with { Transactions = lines, Balance = Money(balance.Balance.Amount.Value + 1) }] },
                .. Made.Value.Addresses.Skip(1)],
            Totals = [Made.Value.Totals[0] with { Balance = Money(Made.Value.Totals[0].Balance.Amount.Value + 1) }],
        };
        var faults = Check(Signed(told)).Where(finding => finding.Kind == FindingKind.Fault
            && !finding.Where.Contains("value", StringComparison.Ordinal));
        faults.ShouldContain(finding => finding.Text.Contains("is said to change", StringComparison.Ordinal));
    }

    [Fact]
    public async Task the_command_says_so_by_its_exit_code()
    {
        SkipWithoutData();
        var folder = Directory.CreateTempSubdirectory("statement");
        try
        {
            var (file, key) = (Path.Combine(folder.FullName, "statement.json"), Path.Combine(folder.FullName, "keys.json"));
            await File.WriteAllTextAsync(file, Signed(Made.Value), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(key, signer.KeySet().GetRawText(), TestContext.Current.CancellationToken);
            (await Run(file, "--key", key)).Code.ShouldBe(0);
            (await Run(file)).Output.ShouldContain("not checked, as no --key was given");
            await File.WriteAllTextAsync(file, Changed(3).Json, TestContext.Current.CancellationToken);
            var wrong = await Run(file, "--key", key);
            (wrong.Code, wrong.Output.Contains("WRONG", StringComparison.Ordinal)).ShouldBe((1, true));
            await File.WriteAllTextAsync(file, "{}", TestContext.Current.CancellationToken);
            (await Run(file)).Code.ShouldBe(2);
            (await Run(Path.Combine(folder.FullName, "none"))).Code.ShouldBe(2);
            (await Run()).Code.ShouldBe(2);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static async Task<(int Code, string Output)> Run(params string[] options)
        {
            await using var output = new StringWriter();
            return (await VerifyStatementCommand.RunAsync(options, output, output), output.ToString());
        }
    }

    [Fact]
    public void the_page_has_no_script_and_whatever_people_call_things_is_text_on_it()
    {
        SkipWithoutData();
        var page = StatementPage.Of(Made.Value with { Wallet = new(Guid.Empty, "<script>alert('1')</script>&\"") });
        page.ShouldNotContain("<script", Case.Insensitive);
        page.ShouldContain("&lt;script&gt;");
        page.ShouldContain(Made.Value.Addresses[0].Balances[0].Transactions[0].Txid);
        page.ShouldContain(Statement.Unprovable);
    }

    public void Dispose() => signer.Dispose();

    private static Statement Make()
    {
        var recorded = RecordedBlocks.Read();
        var paid = recorded.SelectMany(one => one.Facts.GetProperty("vout").EnumerateArray(), (one, output) => (one, output))
            .Where(each => each.output.TryGetProperty("scriptpubkey_address", out _))
            .GroupBy(each => each.output.GetProperty("scriptpubkey_address").GetString()!)
            .Where(each => each.Select(pay => pay.one.Txid).Distinct().Count() is >= 2 and <= 6).Take(12).Select(each => each.Key).ToList();
        // Only those all of whose coins are of these blocks, so that all they spend is known.
        var made = recorded.ToDictionary(one => one.Txid);
        var wallets = paid.Select(address => (Address: address, Lines: recorded.Select(one => (one, Delta: DeltaOf(one, address)))
            .Where(line => line.Delta is not null).ToList())).Where(each => each.Lines.TrueForAll(line =>
                line.one.Facts.GetProperty("vin").EnumerateArray().All(input => OwnerOf(input) != each.Address
                    || made.ContainsKey(input.GetProperty("txid").GetString()!)))).Take(4).ToList();
        wallets.Count.ShouldBeGreaterThan(1);

        var asset = Network.Native.Caip19;
        var ids = wallets.ConvertAll(_ => Guid.NewGuid());
        var rows = wallets.Select((each, i) => new CountedBalance(ids[i], Network.Slug, each.Address, $"number {i}", asset,
            each.Lines.Aggregate(BigInteger.Zero, (sum, line) => sum + line.Delta!.Value), "verified", false,
            new("verified", "esplora", 928_849, recorded[^1].BlockHash, Now))).ToList();
        var lines = wallets.SelectMany((each, i) => each.Lines.Select(line => new CountedTransaction(
            ids[i], asset, line.one.Txid, line.one.Height, line.one.BlockHash, DateTimeOffset.FromUnixTimeSeconds(line.one.Time),
            line.Delta!.Value))).ToList();
        var proofs = lines.Select(line => line.Txid).Distinct().Select(txid =>
            new StatementTransactionProof(Network.Slug, txid, made[txid].BlockHash, "esplora", made[txid].Proof, null)).ToList();
        // Of the others all is checked.
        proofs[^1] = proofs[^1] with { Provider = null, Proof = null, Unprovable = $"{Statement.Unprovable}nobody was asked" };
        var balances = rows.ConvertAll(row => new StatementBalanceProof(
            Network.Slug, row.Address, asset, null, null, $"{Statement.Unprovable}this chain commits to transactions"));
        var values = new AssetValues(Currency.Usd, new Dictionary<string, AssetValue> { [asset] = new(8, new Price(61_234.56m, "test", Now), null) });
        return StatementMaker.Make(new(Guid.NewGuid(), "savings"), null, Now, rows, lines, new AssetNames(Networks.Shipped,
            new Dictionary<(string, string), Asset>()), values, new(proofs, balances));
    }

    private static BigInteger? DeltaOf(RecordedTransaction one, string address)
    {
        var received = one.Facts.GetProperty("vout").EnumerateArray().Where(output => AddressOf(output) == address).ToList();
        var spent = one.Facts.GetProperty("vin").EnumerateArray().Where(input => OwnerOf(input) == address).ToList();
        return received.Count + spent.Count == 0 ? null
            : received.Sum(output => output.GetProperty("value").GetInt64())
                - spent.Sum(input => input.GetProperty("prevout").GetProperty("value").GetInt64());
    }

    private static string? OwnerOf(JsonElement input) =>
        input.GetProperty("prevout") is { ValueKind: JsonValueKind.Object } prevout ? AddressOf(prevout) : null;

    private static string? AddressOf(JsonElement output) =>
        output.TryGetProperty("scriptpubkey_address", out var address) ? address.GetString() : null;

    private static global::ServiceDefaults.Money Money(BigInteger amount) => global::ServiceDefaults.Money.Of(new(amount), Network.Native);

    private string Signed(Statement statement)
    {
        var content = CanonicalJson.ContentOf(JsonSerializer.SerializeToElement(statement, ApiJson.Options));
        var (keyId, signature) = signer.SignContent(Statement.Purpose, content);
        return JsonSerializer.Serialize(
            statement with { Digest = CanonicalJson.DigestOf(content), Signature = new(SignedContent.Algorithm, keyId, signature) }, ApiJson.Options);
    }

    private static string DigestedAnew(string json)
    {
        var node = JsonNode.Parse(json)!;
        using var parsed = JsonDocument.Parse(json);
        node["digest"] = CanonicalJson.DigestOf(CanonicalJson.ContentOf(parsed.RootElement));
        return node.ToJsonString();
    }

    private IReadOnlyList<Finding> Check(string json) =>
        StatementFile.Check(Encoding.UTF8.GetBytes(json), signer.KeySet().GetRawText(), Networks.Shipped);

    // What is no statement any more is found as well.
    private IReadOnlyList<string> Faults(string json)
    {
        try
        {
            return [.. Check(json).Where(finding => finding.Kind == FindingKind.Fault).Select(finding => finding.ToString())];
        }
        catch (FormatException e)
        {
            return [e.Message];
        }
    }

    private (string Json, string Path) Changed(int leaf)
    {
        var json = JsonNode.Parse(Signed(Made.Value))!;
        var path = Leaves(json)[leaf];
        var (parent, name, at) = Place(json, path);
        var old = name is null ? parent.AsArray()[at] : parent.AsObject()[name];
        JsonNode? changed = old?.GetValueKind() switch
        {
            null => "not null",
            JsonValueKind.True => false,
            JsonValueKind.False => true,
            JsonValueKind.Number => old.GetValue<long>() + 1,
            _ => old.GetValue<string>() is { Length: > 0 } text ? (text[^1] == '1' ? text[..^1] + "2" : text[..^1] + "1") : "1",
        };
        if (name is null) parent.AsArray()[at] = changed;
        else parent.AsObject()[name] = changed;
        return (json.ToJsonString(), path);
    }

    private static (JsonNode Parent, string? Name, int At) Place(JsonNode root, string path)
    {
        var steps = path[1..].Split(['.', '['], StringSplitOptions.RemoveEmptyEntries);
        var parent = root;
        foreach (var step in steps[..^1]) parent = step[^1] == ']' ? parent.AsArray()[int.Parse(step[..^1], null)]! : parent.AsObject()[step]!;
        return steps[^1][^1] == ']' ? (parent, null, int.Parse(steps[^1][..^1], null)) : (parent, steps[^1], 0);
    }

    private static List<string> Leaves(JsonNode root)
    {
        var found = new List<string>();
        Visit(root, "$");
        return found;

        void Visit(JsonNode? node, string path)
        {
            if (node is JsonObject members) foreach (var (name, value) in members) Visit(value, $"{path}.{name}");
            else if (node is JsonArray items) foreach (var (i, item) in items.Index()) Visit(item, $"{path}[{i}]");
            else found.Add(path);
        }
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportPkcs8PrivateKey());
    }

    private static void SkipWithoutData() => Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
}
