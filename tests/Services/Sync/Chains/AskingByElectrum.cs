using System.Text;
using System.Text.Json.Nodes;
using Providers;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>The connection to a server of the Electrum protocol: whatever is sent there, who asks is told what is the matter, and in time.</summary>
public sealed class AskingByElectrum(OwnElectrum own) : IClassFixture<OwnElectrum>, IAsyncLifetime
{
    private const string Header = "blockchain.block.header";
    private const string Transaction = "blockchain.transaction.get";
    private const string Tip = "blockchain.headers.subscribe";
    private const string Version = "server.version";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    private ElectrumServer Server => own.Server;

    public async ValueTask InitializeAsync()
    {
        Server.Mend();
        await own.Execute("delete from provider_pauses");
        await Server.CatchUpAsync();
    }

    public ValueTask DisposeAsync()
    {
        Server.Mend();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task one_connection_serves_all_and_another_is_opened_where_it_ended()
    {
        await using var process = own.Started();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(height => process.Adapter.BlockHashAsync(height, ct)));
        Server.Count(Version).ShouldBe(1);

        Server.Hang();

        var tip = await process.Adapter.TipAsync(ct);
        tip.Hash.ShouldBe((await own.Node.CallAsync("getbestblockhash")).GetString());
        Server.Count(Version).ShouldBe(2);
    }

    [Fact]
    public async Task answers_are_told_apart_in_whatever_order_they_come()
    {
        await using var process = own.Started();
        await process.Adapter.TipAsync(ct);
        var (last, answered) = (new TaskCompletionSource(), 0);
        Server.Instead = async (method, _, _) =>
        {
            // The first waits for the third.
            if (method == Header && Interlocked.Increment(ref answered) is var which)
            {
                if (which == 3) last.SetResult();
                if (which == 1) await last.Task;
            }

            return false;
        };

        var told = await Task.WhenAll(((long[])[7, 8, 9]).Select(height => process.Adapter.BlockHashAsync(height, ct)));

        for (var n = 0; n < 3; n++) told[n].ShouldBe((await own.Node.CallAsync("getblockhash", n + 7)).GetString());
    }

    [Fact]
    public async Task an_answer_that_breaks_off_is_asked_for_again()
    {
        await using var process = own.Started();
        var times = 0;
        Server.Instead = async (method, id, stream) =>
        {
            if (method != Tip || Interlocked.Increment(ref times) > 1) return false;
            await stream.WriteAsync(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{id}},"result":{"hex":"00"""), ct);
            await stream.DisposeAsync();
            return true;
        };

        (await process.Adapter.TipAsync(ct)).Height.ShouldBeGreaterThan(0);

        times.ShouldBe(2);
    }

    [Fact]
    public async Task a_server_that_falls_silent_is_given_up_in_time_and_asked_anew_later()
    {
        await using var process = own.Started(("TimeoutSeconds", "3"));
        await process.Adapter.TipAsync(ct);
        Server.Instead = (method, _, _) => Task.FromResult(method != Version);

        var failure = await Should.ThrowAsync<ProviderException>(() => process.Adapter.TipAsync(ct));

        failure.Failure.ShouldBe(ProviderFailure.Unavailable);
        failure.Message.ShouldStartWith("own: no answer within ");
        Server.Count(Version).ShouldBeGreaterThan(1, "who is silent is left for a new connection");
        Server.Instead = null;
        (await process.Adapter.TipAsync(ct)).Height.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task a_line_without_an_end_is_cut_off()
    {
        await using var process = own.Started(("TimeoutSeconds", "60"));
        await process.Adapter.TipAsync(ct);
        var sent = 0L;
        Server.Instead = async (method, _, stream) =>
        {
            if (method != Tip) return false;
            var piece = new byte[1024 * 1024];
            piece.AsSpan().Fill((byte)'x');
            // Until the other side has enough of it.
            for (; sent < 1024; sent++) await stream.WriteAsync(piece, ct);
            return true;
        };

        var failure = await Should.ThrowAsync<ProviderException>(() => process.Adapter.TipAsync(ct));

        failure.Failure.ShouldBe(ProviderFailure.BadAnswer);
        failure.Message.ShouldContain("a line of more than");
        sent.ShouldBeLessThan(200);
        Server.Instead = null;
        (await process.Adapter.TipAsync(ct)).Height.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\0\u0001")]
    [InlineData("""{"id":1000000,"result":1}""")]
    [InlineData("""{"id":"ID","result":1}""")]
    [InlineData("""{"id":ID}""")]
    [InlineData("""{"id":ID,"result":[]}""")]
    [InlineData("""{"id":ID,"result":{"hex":"00","height":1}}""")]
    [InlineData("""{"id":ID,"result":{"hex":null,"height":1}}""")]
    [InlineData("""{"id":ID,"error":"verbose transactions are currently unsupported"}""")]
    [InlineData("""{"id":ID,"error":{"code":"x"}}""")]
    [InlineData("""{"id":ID,"error":7}""")]
    public async Task what_is_no_answer_is_told_as_such(string line)
    {
        await using var process = own.Started();
        await process.Adapter.TipAsync(ct);
        Server.Instead = async (method, id, stream) =>
        {
            if (method != Tip) return false;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line.Replace("ID", $"{id}", StringComparison.Ordinal) + "\n"), ct);
            return true;
        };

        (await Should.ThrowAsync<ProviderException>(() => process.Adapter.TipAsync(ct))).Failure.ShouldBe(ProviderFailure.BadAnswer);

        Server.Instead = null;
        (await process.Adapter.TipAsync(ct)).Height.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("ID", -101, "excessive resource usage", 60)]
    [InlineData("null", -101, "excessive resource usage", 60)]
    [InlineData("ID", -102, "server busy - request timed out", 10)]
    [InlineData("ID", 1, "Excessive resource usage", 60)]
    public async Task who_has_enough_of_being_asked_is_left_alone_by_every_process(string of, int code, string message, int seconds)
    {
        await using var one = own.Started();
        await using var two = own.Started();
        Server.Instead = async (method, id, stream) =>
        {
            if (method != Tip) return false;
            var error = new JsonObject
            {
                ["id"] = of == "ID" ? id : null, ["error"] = ElectrumServer.Refusal(code, message),
            };
            await stream.WriteAsync(Encoding.UTF8.GetBytes(error.ToJsonString() + "\n"), ct);
            return true;
        };

        var refused = await Should.ThrowAsync<ProviderException>(() => one.Adapter.TipAsync(ct));
        (refused.Failure, refused.RetryAfter).ShouldBe((ProviderFailure.RateLimited, TimeSpan.FromSeconds(seconds)));
        Server.Mend();
        foreach (var process in (OwnElectrum.Process[])[one, two])
        {
            (await Should.ThrowAsync<ProviderException>(() => process.Adapter.TipAsync(ct))).Failure.ShouldBe(ProviderFailure.RateLimited);
        }

        Server.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("1.4", true)]
    [InlineData("1.4.5", true)]
    [InlineData("1.2", false)]
    [InlineData("1.6", false)]
    [InlineData("1.41", false)]
    public async Task a_version_is_agreed_on_or_nothing_is_asked(string version, bool isSpoken)
    {
        Server.Version = version;
        await using var process = own.Started();
        if (isSpoken)
        {
            (await process.Adapter.TipAsync(ct)).Height.ShouldBeGreaterThan(0);
            return;
        }

        (await Should.ThrowAsync<ProviderException>(() => process.Adapter.TipAsync(ct))).Message.ShouldBe(
            "own: does not speak version 1.4 of the Electrum protocol");
        Server.Asked.ShouldAllBe(question => question.Method == Version);
    }

    [Fact]
    public async Task a_certificate_that_nobody_vouches_for_is_taken_only_where_it_is_named()
    {
        await using (var named = own.Started(("BaseUrl", Server.SecuredUrl), ("CertificateSha256", Server.Fingerprint)))
            (await named.Adapter.TipAsync(ct)).Height.ShouldBeGreaterThan(0);
        Server.Asked.Clear();

        await Refused(
            ("BaseUrl", Server.SecuredUrl), ("CertificateSha256", new string('0', 64)), "its certificate is not the one that is configured");
        await Refused(("BaseUrl", Server.SecuredUrl), ("Name", "own"), "its certificate is not trusted on this machine");
        await Refused(("BaseUrl", Server.SecuredUrl.Replace("ssl", "tcp", StringComparison.Ordinal)), ("Name", "own"), "the answer broke off");

        Server.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task a_server_that_is_not_there_is_no_connection()
    {
        await Refused(("BaseUrl", $"tcp://127.0.0.1:{FreePort.Next()}"), ("Name", "own"), "no connection (ConnectionError)");
        await Refused(("BaseUrl", $"ssl://[::1]:{FreePort.Next()}"), ("Name", "own"), "no connection (ConnectionError)");
    }

    [Fact]
    public async Task every_question_counts()
    {
        await own.Execute("delete from provider_usage");
        var address = await own.Node.NewAddressAsync();
        for (var n = 0; n < 3; n++) await own.Node.PayAsync(address, 1m);
        await own.Node.MineAsync();
        await using var process = own.Started();

        await process.Adapter.SummaryAsync(own.Parsed(address), ct);
        await process.Adapter.PageAsync(own.Parsed(address), null, ct);
        await process.Adapter.CoinsAsync(own.Parsed(address), ct);

        await process.Usage.StoreAsync(ct);
        ((long)(await own.Execute("select sum(requests)::bigint from provider_usage where provider = 'own'"))!)
            .ShouldBe(Server.Asked.Count - Server.Count(Version));
    }

    [Fact]
    public async Task what_was_read_before_it_was_cut_off_is_not_read_again()
    {
        var address = await own.Node.NewAddressAsync();
        for (var n = 0; n < 12; n++) await own.Node.PayAsync(address, 1m);
        await own.Node.MineAsync();
        // At such a rate questions go out one by one, four at a time.
        await using var process = own.Started(("RequestsPerSecond", "15"));
        var told = 0;
        Server.Alter = (method, _, result) => Task.FromResult<JsonNode?>(method == Transaction && Interlocked.Increment(ref told) == 7
            ? ElectrumServer.Refusal(2, "daemon error: warming up") : result);
        (await Should.ThrowAsync<ProviderException>(() => process.Adapter.PageAsync(own.Parsed(address), null, ct))).Failure
            .ShouldBe(ProviderFailure.BadAnswer);
        var first = Server.Asked.Where(question => question.Method == Transaction).Take(4).ToList();

        (await process.Adapter.PageAsync(own.Parsed(address), null, ct)).Transactions.Count.ShouldBe(12);

        foreach (var question in first) Server.Asked.Count(each => each == question).ShouldBe(1);
    }

    private async Task Refused((string, string) one, (string, string) other, string reason)
    {
        await using var process = own.Started(one, other);
        var failure = await Should.ThrowAsync<ProviderException>(() => process.Adapter.TipAsync(ct));
        (failure.Failure, failure.Message.Contains(reason, StringComparison.Ordinal)).ShouldBe((ProviderFailure.Unavailable, true), failure.Message);
    }
}
