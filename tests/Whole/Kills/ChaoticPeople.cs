using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using ChainSimulator;
using ChainSimulator.Script;
using Shouldly;
using Testing;

namespace Whole.Kills;

/// <summary>
/// People who go on whatever breaks: each write is repeated with its idempotency key until it is answered, so that what was lost on the
/// way counts once. And the chain, which grows and reorganises meanwhile.
/// </summary>
internal sealed class ChaoticPeople : IDisposable
{
    private const string Network = "bitcoin";

    private readonly WholeSystem system;
    private readonly TestUser user;
    private readonly SimulatorClient chain;
    private readonly int seed;
    private readonly ConcurrentDictionary<string, Guid> imported = [];
    private readonly ConcurrentDictionary<string, int> answers = [];
    private int wallets;

    private ChaoticPeople(WholeSystem system, TestUser user, int seed)
    {
        (this.system, this.user, this.seed) = (system, user, seed);
        chain = new SimulatorClient(system.Script);
    }

    /// <summary>The wallets that were made and not deleted.</summary>
    public int Wallets => wallets;

    public static async Task<ChaoticPeople> Of(WholeSystem system, int seed) => new(system, await system.NewUser(), seed);

    /// <summary>What they met, for the record.</summary>
    public string Told() => $"{wallets} wallets and {imported.Count} addresses kept; answers: " +
        string.Join(", ", answers.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => $"{each.Key} × {each.Value}"));

    public Task LiveUntil(CancellationToken over) => Task.WhenAll(ImportUntil(over), ReadUntil(over), GrowUntil(over));

    /// <summary>Every address is verified, and told as the chain has it.</summary>
    public async Task ShouldBeTold()
    {
        foreach (var process in system.Processes.Where(process => !process.IsRunning)) await process.Start();
        await Eventually.Is(async () => (await user.Http.GetAsync("/api/v1/health")).IsSuccessStatusCode, "every service is ready",
            TimeSpan.FromMinutes(2));
        var kept = imported.ToLookup(each => each.Value, each => each.Key);
        foreach (var wallet in kept) await Persist(HttpMethod.Post, $"/api/v1/wallets/{wallet.Key}/sync", null, CancellationToken.None);
        foreach (var wallet in kept)
        {
            await user.UntilVerified(wallet.Key, TimeSpan.FromMinutes(3));
            foreach (var address in wallet) await system.UntilTrue(user, wallet.Key, address, Network, TimeSpan.FromMinutes(2));
        }

        var there = new List<Guid>();
        await foreach (var wallet in user.All("/api/v1/wallets")) there.Add(wallet.GetProperty("id").GetGuid());
        there.Count.ShouldBe(wallets, $"seed {seed}: wallets of the user");
    }

    public void Dispose() => user.Dispose();

    // A wallet with a few addresses now and then, and one of them deleted at once, while it is read.
    private async Task ImportUntil(CancellationToken over)
    {
        var random = new Random(seed + 1);
        while (!over.IsCancellationRequested)
        {
            var made = await chain.CreateAsync(new CreateAddresses(Network, random.Next(20, 400), random.Next(1, 4)), CancellationToken.None);
            // What was begun is ended, or nobody would know whether it was done.
            var wallet = (await Persist(HttpMethod.Post, "/api/v1/wallets", new { label = "chaos" }, CancellationToken.None))
                .GetProperty("id").GetGuid();
            foreach (var address in made)
                await Persist(HttpMethod.Post, $"/api/v1/wallets/{wallet}/addresses", new { network = Network, address }, CancellationToken.None);
            if (random.Next(5) == 0)
            {
                await Persist(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, CancellationToken.None);
            }
            else
            {
                foreach (var address in made) imported[address] = wallet;
                Interlocked.Increment(ref wallets);
            }

            await Between(random.Next(500, 2500), over);
        }
    }

    private async Task ReadUntil(CancellationToken over)
    {
        var random = new Random(seed + 2);
        while (!over.IsCancellationRequested)
        {
            if (imported.Values.ToArray() is { Length: > 0 } known)
            {
                var wallet = known[random.Next(known.Length)];
                string[] paths = ["balances", "transactions?limit=50", "sync"];
                await Ask(HttpMethod.Get, $"/api/v1/wallets/{wallet}/{paths[random.Next(paths.Length)]}", null, null);
            }

            await Between(100, over);
        }
    }

    private async Task GrowUntil(CancellationToken over)
    {
        var random = new Random(seed + 3);
        while (!over.IsCancellationRequested)
        {
            if (imported.Keys.ToArray() is { Length: > 0 } known)
            {
                random.Shuffle(known);
                await chain.MineAsync(new Mine(Network, Addresses: [.. known.Take(3)], Transactions: 5), CancellationToken.None);
                if (random.Next(6) == 0)
                {
                    await chain.ReorganiseAsync(new Reorganise(Network, random.Next(1, 4), DropPercent: 20, MovePercent: 20, ReplacePercent: 10),
                        CancellationToken.None);
                }
            }

            await Between(1000, over);
        }
    }

    private static async Task Between(int milliseconds, CancellationToken over) =>
        await Task.Delay(milliseconds, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task<JsonElement> Persist(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        var key = Guid.NewGuid().ToString();
        while (true)
        {
            var (status, told) = await Ask(method, path, body, method == HttpMethod.Post ? key : null);
            if (status is >= 200 and < 300) return told;
            // Deleted by the try whose answer was lost.
            if (method == HttpMethod.Delete && status == 404) return told;
            status.ShouldBeOneOf([0, 409, 429, 500, 502, 503, 504], $"seed {seed}: {method} {path} answered {status}: {told}");
            await Task.Delay(200, ct);
        }
    }

    // A status, or 0 where the gateway itself is away. Whatever is answered is JSON, and a refusal a problem.
    private async Task<(int Status, JsonElement Told)> Ask(HttpMethod method, string path, object? body, string? key)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            if (key is not null) request.Headers.Add("Idempotency-Key", key);
            using var response = await user.Http.SendAsync(request, CancellationToken.None);
            var status = (int)response.StatusCode;
            var text = await response.Content.ReadAsStringAsync(CancellationToken.None);
            answers.AddOrUpdate($"{status}", 1, (_, count) => count + 1);
            if (status >= 400)
                response.Content.Headers.ContentType?.MediaType.ShouldBe(
                    "application/problem+json", $"seed {seed}: {method} {path}: {status} {text}");
            return (status, text.Length == 0 ? default : JsonElement.Parse(text));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            answers.AddOrUpdate("no answer", 1, (_, count) => count + 1);
            return (0, default);
        }
    }
}
