using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Chains;
using Shouldly;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class ImportingAddresses(WalletsService service)
{
    [Fact]
    public async Task an_address_is_created_once_and_then_found()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var path = $"/api/v1/wallets/{wallet}/addresses";

        var created = await client.Post(path, new { network = "bitcoin", address = Api.Segwit.ToUpperInvariant(), label = " Cold " });
        var again = await client.Post(path, new { network = "bitcoin", address = Api.Segwit, label = "Other" }, HttpStatusCode.OK);

        created["address"]!.GetValue<string>().ShouldBe(Api.Segwit);
        created["label"]!.GetValue<string>().ShouldBe("Cold");
        created["walletId"]!.GetValue<Guid>().ShouldBe(wallet);
        again["label"]!.GetValue<string>().ShouldBe("Cold");
        (await client.GetOk($"{path}/{created.Id()}")).ToJsonString().ShouldBe(created.ToJsonString());
        (await client.GetOk($"/api/v1/wallets/{wallet}"))["addressCount"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task a_created_address_is_where_the_answer_says()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        using var response = await client.PostAsJsonAsync(
            $"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Genesis }, TestContext.Current.CancellationToken);

        (await client.GetOk(response.Headers.Location!.ToString()))["address"]!.GetValue<string>().ShouldBe(Api.Genesis);
    }

    [Theory]
    [InlineData("litecoin", "36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", "MCwCgYjt3HcMNerfqPqg5jcJm7aCy89KeQ")]
    [InlineData("dogecoin", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE")]
    [InlineData("ethereum", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")]
    [InlineData("bsc", "0x7E5F4552091A69125D5DFCB7B8C2659029395BDF", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")]
    [InlineData("solana-devnet", "11111111111111111111111111111111", "11111111111111111111111111111111")]
    public async Task every_network_that_is_known_is_imported_in_one_spelling(string network, string typed, string kept)
    {
        using var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/wallets/{await client.NewWallet()}/addresses";

        await client.Post(path, new { network, address = typed });
        await client.Post(path, new { network, address = kept }, HttpStatusCode.OK);

        var address = (await client.GetOk(path))["data"]!.AsArray().ShouldHaveSingleItem()!;
        (address["network"]!.GetValue<string>(), address["address"]!.GetValue<string>()).ShouldBe((network, kept));
    }

    [Theory]
    [InlineData("bitconnect", Api.Genesis, "unknown-network", "/network", "unknown-network")]
    [InlineData("BITCOIN", Api.Genesis, "unknown-network", "/network", "unknown-network")]
    [InlineData("litecoin", Api.Genesis, "invalid-address", "/address", "network")]
    [InlineData("polygon", "0x7e5F4552091A69125d5DfCb7b8C2659029395Bdf", "invalid-address", "/address", "checksum")]
    [InlineData("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "invalid-address", "/address", "checksum")]
    [InlineData("bitcoin-testnet", Api.Genesis, "invalid-address", "/address", "network")]
    [InlineData("bitcoin", "1A1zP1eP5QGefi2 DMPTfTL5SLmv7DivfNa", "invalid-address", "/address", "characters")]
    [InlineData("eip155:10", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", "unknown-network", "/network", "unknown-network")]
    [InlineData(null, "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", "ambiguous-network", "/network", "ambiguous")]
    [InlineData(null, "eip155:10:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", "unknown-network", "/address", "unknown-network")]
    [InlineData("ethereum", "ethereum:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf@137", "invalid-address", "/address", "network")]
    [InlineData("ethereum", "vitalik.eth", "invalid-address", "/address", "name")]
    [InlineData("bitcoin", "", "invalid-address", "/address", "length")]
    public async Task what_is_wrong_is_named_and_nothing_is_stored(string? network, string address, string problem, string pointer, string code)
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();

        var answer = await client.SendForProblem(HttpMethod.Post, $"/api/v1/wallets/{wallet}/addresses", new { network, address }, problem);

        var error = answer["errors"]!.AsArray().ShouldHaveSingleItem()!;
        error["pointer"]!.GetValue<string>().ShouldBe(pointer);
        error["code"]!.GetValue<string>().ShouldBe(code);
        (await client.GetOk($"/api/v1/wallets/{wallet}/addresses"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, " \u200Bbitcoin:" + Api.Genesis + "?amount=0.1&label=Luke\n", "bitcoin", Api.Genesis)]
    [InlineData("bip122:000000000019d6689c085ae165831e93", "BITCOIN:" + Api.Genesis, "bitcoin", Api.Genesis)]
    [InlineData(null, "ethereum:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf@137?value=1e18", "polygon", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")]
    [InlineData("eip155:56", "0X7E5F4552091A69125D5DFCB7B8C2659029395BDF", "bsc", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")]
    public async Task what_was_pasted_is_read_as_the_address_in_it(string? network, string pasted, string slug, string kept)
    {
        using var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/wallets/{await client.NewWallet()}/addresses";

        var made = network is null ? await client.Post(path, new { address = pasted }) : await client.Post(path, new { network, address = pasted });

        (made["network"]!.GetValue<string>(), made["address"]!.GetValue<string>()).ShouldBe((slug, kept));
        var found = await client.GetOk($"{path}?network={Networks.Shipped.Find(slug)!.Caip2}");
        found["data"]!.AsArray().ShouldHaveSingleItem()!.Id().ShouldBe(made.Id());
        await client.SendForProblem(HttpMethod.Get, $"{path}?network=bitconnect", null, "unknown-network");
    }

    [Fact]
    public async Task a_secret_is_refused_with_what_to_do_and_leaves_nothing_behind()
    {
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        var path = $"/api/v1/wallets/{await client.NewWallet()}/addresses";
        var numbers = string.Join(",", Enumerable.Range(1, 64));
        const string phrase = "abandon ability able about above absent absorb abstract absurd abuse access accident";
        foreach (var body in new object[]
        {
            new { network = "bitcoin", address = phrase }, new { network = "no-such-network", address = phrase },
            new { address = $"[{numbers}]" }, new { address = Enumerable.Range(1, 64) },
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
            request.Headers.Add("Idempotency-Key", "one-key");
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

            var problem = await response.Problem("secret-pasted");
            problem["errors"]![0]!["code"]!.GetValue<string>().ShouldBe(problem.ToJsonString().Contains("seed") ? "seed-phrase" : "private-key");
            problem["detail"]!.GetValue<string>().ShouldContain("move the money");
            problem.ToJsonString().ShouldNotContain("abandon");
            problem.ToJsonString().ShouldNotContain("12,13");
        }

        await using var command = service.Database.DataSource.CreateCommand("select count(*) from idempotency_keys where user_id = $1");
        command.Parameters.Add(new() { Value = caller.UserId });
        (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(0L, "not even a fingerprint is kept");
    }

    [Fact]
    public async Task a_known_address_keeps_its_label_and_the_answer_says_so()
    {
        using var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/wallets/{await client.NewWallet()}/addresses";
        var made = await client.Post(path, new { network = "bitcoin", address = Api.Genesis, label = "Cold" });

        using var other = await client.PostAsJsonAsync(path, new { network = "bitcoin", address = Api.Genesis, label = "Hot" },
            TestContext.Current.CancellationToken);
        var same = await client.Post(path, new { network = "bitcoin", address = Api.Genesis, label = "Cold" }, HttpStatusCode.OK);

        var said = JsonNode.Parse(await other.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        (said["label"]!.GetValue<string>(), said["note"]!.GetValue<string>()).ShouldBe(
            ("Cold", "The address is in the wallet already and keeps its label; PATCH it to change that."));
        same.ToJsonString().ShouldBe(made.ToJsonString());
        using var read = await client.GetAsync($"{path}/{made.Id()}", TestContext.Current.CancellationToken);
        other.Headers.ETag.ShouldBe(read.Headers.ETag);
    }

    [Fact]
    public async Task of_many_imports_of_one_address_at_once_one_creates_it()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.PostAsJsonAsync(
            $"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Genesis }, TestContext.Current.CancellationToken)));

        responses.Count(response => response.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        responses.Count(response => response.StatusCode == HttpStatusCode.OK).ShouldBe(19);
        (await client.GetOk($"/api/v1/wallets/{wallet}/addresses"))["data"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task fifty_imports_into_one_wallet_at_once_all_succeed()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var addresses = Enumerable.Range(0, 50).Select(Api.AddressNumber).ToList();

        await Task.WhenAll(addresses.Select(address =>
            client.Post($"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address })));

        var stored = (await client.GetOk($"/api/v1/wallets/{wallet}/addresses?limit=200"))["data"]!.AsArray();
        stored.Select(address => address!["address"]!.GetValue<string>()).ShouldBe(addresses, ignoreOrder: true);
        (await client.GetOk($"/api/v1/wallets/{wallet}"))["addressCount"]!.GetValue<int>().ShouldBe(50);
    }

    [Fact]
    public async Task a_removed_address_can_be_imported_again_at_once_as_another_one()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var path = $"/api/v1/wallets/{wallet}/addresses";
        var first = await client.Post(path, new { network = "bitcoin", address = Api.Genesis });

        await client.Send(HttpMethod.Delete, $"{path}/{first.Id()}", null, HttpStatusCode.NoContent);
        var second = await client.Post(path, new { network = "bitcoin", address = Api.Genesis });

        second.Id().ShouldNotBe(first.Id());
        await client.SendForProblem(HttpMethod.Get, $"{path}/{first.Id()}", null, "address-not-found");
        await client.SendForProblem(HttpMethod.Delete, $"{path}/{first.Id()}", null, "address-not-found");
        (await client.GetOk(path))["data"]!.AsArray().ShouldHaveSingleItem()!.Id().ShouldBe(second.Id());
    }

    [Fact]
    public async Task an_address_gets_another_label_or_none()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var address = await client.Post($"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Genesis });
        var path = $"/api/v1/wallets/{wallet}/addresses/{address.Id()}";

        (await client.Send(HttpMethod.Patch, path, new { label = "Cold" }, HttpStatusCode.OK))["label"]!.GetValue<string>().ShouldBe("Cold");
        (await client.Send(HttpMethod.Patch, path, new { label = (string?)null }, HttpStatusCode.OK))["label"].ShouldBeNull();
        await client.SendForProblem(HttpMethod.Patch, path, new { }, "invalid-body");
        (await client.GetOk(path))["label"].ShouldBeNull();
    }
}
