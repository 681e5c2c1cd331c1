using System.Text.Json;
using ChainSimulator.Evm;
using ChainSimulator.Market;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using ChainSimulator.Solana;
using ChainSimulator.World;

namespace ChainSimulator;

/// <summary>The truth about an address as the simulator tells it, newest first; amounts in satoshis as strings.</summary>
public sealed record ToldTruth(string Address, int TipHeight, string TipHash, int Count, string Balance,
    IReadOnlyList<ToldTransaction>? Transactions);

/// <summary>One line of <see cref="ToldTruth"/>: what the transaction changed and the balance after it.</summary>
public sealed record ToldTransaction(string Txid, int Height, string BlockHash, long Time, string Delta, string Fee, string Balance);

/// <summary>The script for tests that run the simulator as a process; a command it refuses throws with its reason.</summary>
public sealed class SimulatorClient(HttpClient http)
{
    public Uri BaseAddress => http.BaseAddress ?? throw new InvalidOperationException("The client needs the simulator's base address.");

    /// <summary>The base URL of a network's provider in any dialect, through a named replica if one is given.</summary>
    public string ProviderUrl(string network, string? replica = null) =>
        new Uri(BaseAddress, replica is null ? $"{network}/api" : $"{replica}/{network}/api").ToString();

    /// <summary>Begins the world anew and forgets faults, shifts and counters.</summary>
    public async Task ResetAsync(ulong seed, CancellationToken cancellation)
    {
        await ClearFaultsAsync(cancellation);
        await ClearShiftsAsync(cancellation);
        await SendAsync<JsonElement>("reset", new Reset(seed), cancellation);
        await ResetCountersAsync(cancellation);
    }

    public async Task<IReadOnlyList<string>> CreateAsync(CreateAddresses request, CancellationToken cancellation) =>
        (await SendAsync<CreatedAddresses>("addresses", request, cancellation)).Addresses;

    public async Task<IReadOnlyList<string>> AddAsync(AddTransactions request, CancellationToken cancellation) =>
        (await SendAsync<AddedTransactions>("transactions", request, cancellation)).Txids;

    public async Task<string> AddAsync(ExactTransaction request, CancellationToken cancellation) =>
        (await SendAsync<AddedTransaction>("exact", request, cancellation)).Txid;

    public Task<TipState> MineAsync(Mine request, CancellationToken cancellation) => SendAsync<TipState>("mine", request, cancellation);

    public Task<TipState> ReleaseAsync(Release request, CancellationToken cancellation) => SendAsync<TipState>("release", request, cancellation);

    public Task<Evicted> EvictAsync(Evict request, CancellationToken cancellation) => SendAsync<Evicted>("evict", request, cancellation);

    public Task<Reorganised> ReorganiseAsync(Reorganise request, CancellationToken cancellation) =>
        SendAsync<Reorganised>("reorganise", request, cancellation);

    public Task<Loaded> LoadAsync(LoadFiles request, CancellationToken cancellation) => SendAsync<Loaded>("load", request, cancellation);

    public Task<TipState> TipAsync(string network, CancellationToken cancellation) => GetAsync<TipState>($"admin/tip/{network}", cancellation);

    public Task<ToldTruth> TruthAsync(string network, string address, bool summary, CancellationToken cancellation) =>
        GetAsync<ToldTruth>($"admin/truth/{network}/{address}?summary={(summary ? "true" : "false")}", cancellation);

    /// <summary>The base URL of a chain of accounts in Etherscan's dialect, and with "/rpc" after it in JSON-RPC.</summary>
    public string EvmUrl(string network, string? replica = null) =>
        new Uri(BaseAddress, replica is null ? $"{network}/evm" : $"{replica}/{network}/evm").ToString();

    /// <summary>Where a chain of accounts tells of new blocks by itself.</summary>
    public string EvmPushUrl(string network, string? replica = null) =>
        $"{EvmUrl(network, replica).Replace("http://", "ws://", StringComparison.Ordinal)}/ws";

    public Task<EvmTip> MineEvmAsync(EvmMine request, CancellationToken cancellation) => SendAsync<EvmTip>("evm-mine", request, cancellation);

    public Task<EvmTip> ReorganiseEvmAsync(EvmReorganise request, CancellationToken cancellation) =>
        SendAsync<EvmTip>("evm-reorganise", request, cancellation);

    public Task KnowAsync(EvmToken request, CancellationToken cancellation) => SendAsync<JsonElement>("evm-token", request, cancellation);

    public Task<EvmTruth> EvmTruthAsync(string network, string account, CancellationToken cancellation) =>
        GetAsync<EvmTruth>($"admin/evm/truth/{network}/{account}", cancellation);

    /// <summary>The address of a node of a Solana chain.</summary>
    public string SolanaUrl(string network, string? replica = null) =>
        new Uri(BaseAddress, replica is null ? $"{network}/solana/rpc" : $"{replica}/{network}/solana/rpc").ToString();

    public Task<SolanaTip> MineSolanaAsync(SolanaMine request, CancellationToken cancellation) =>
        SendAsync<SolanaTip>("solana-mine", request, cancellation);

    public Task OwnSolanaAsync(SolanaProgram request, CancellationToken cancellation) =>
        SendAsync<JsonElement>("solana-program", request, cancellation);

    public Task<SolanaTruth> SolanaTruthAsync(string network, string account, CancellationToken cancellation) =>
        GetAsync<SolanaTruth>($"admin/solana/truth/{network}/{account}", cancellation);

    /// <summary>The base URL of a source of prices: coingecko, coingecko-pro, defillama or ecb.</summary>
    public string MarketUrl(string source) =>
        new Uri(BaseAddress, source.StartsWith("coingecko", StringComparison.Ordinal) ? $"market/{source}/api/v3" : $"market/{source}").ToString();

    public Task SetPriceAsync(SetPrice request, CancellationToken cancellation) =>
        SendAsync<JsonElement?>("market/price", request, cancellation);

    public Task SetMarketTimeAsync(SetMarketTime request, CancellationToken cancellation) =>
        SendAsync<JsonElement?>("market/time", request, cancellation);

    public Task ResetMarketAsync(CancellationToken cancellation) => SendAsync<JsonElement?>("market/reset", null, cancellation);

    public Task<DemoWorld> DemoAsync(CancellationToken cancellation) => GetAsync<DemoWorld>("admin/demo", cancellation);

    /// <summary>Sets a fault and returns its id.</summary>
    public async Task<string> SetFaultAsync(Fault fault, CancellationToken cancellation) =>
        (await SendAsync<SetFault>("faults", fault, cancellation)).Id;

    public Task<IReadOnlyList<FaultState>> FaultsAsync(CancellationToken cancellation) =>
        GetAsync<IReadOnlyList<FaultState>>("admin/faults", cancellation);

    /// <summary>Ends one fault, or all, and lets go what it holds.</summary>
    public Task ClearFaultsAsync(CancellationToken cancellation, string? id = null) => DeleteAsync($"admin/faults/{id}", cancellation);

    public Task<IReadOnlyList<GateWait>> GatesAsync(CancellationToken cancellation) => GetAsync<IReadOnlyList<GateWait>>("admin/gates", cancellation);

    /// <summary>Lets the oldest requests at a gate go on, all without a count, and returns how many did.</summary>
    public async Task<int> ReleaseGateAsync(string? id, int? count, CancellationToken cancellation) =>
        (await SendAsync<ReleasedRequests>("gates/release", new ReleaseGate(id, count), cancellation)).Released;

    public Task ShiftAsync(Shift shift, CancellationToken cancellation) => SendAsync<JsonElement?>("shifts", shift, cancellation);

    public Task ClearShiftsAsync(CancellationToken cancellation) => DeleteAsync("admin/shifts", cancellation);

    public Task<RequestCounts> RequestsAsync(CancellationToken cancellation) => GetAsync<RequestCounts>("admin/requests", cancellation);

    public Task<IReadOnlyList<LoggedRequest>> LastRequestsAsync(CancellationToken cancellation) =>
        GetAsync<IReadOnlyList<LoggedRequest>>("admin/requests/last", cancellation);

    public Task ResetCountersAsync(CancellationToken cancellation) => SendAsync<JsonElement?>("requests/reset", null, cancellation);

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri(BaseAddress, path), cancellation);
        return await ReadAsync<T>(response, cancellation);
    }

    private async Task<T> SendAsync<T>(string command, object? body, CancellationToken cancellation)
    {
        using var content = body is null ? null : JsonContent.Create(body, body.GetType(), options: ScriptRunner.Json);
        using var response = await http.PostAsync(new Uri(BaseAddress, "admin/" + command), content, cancellation);
        return await ReadAsync<T>(response, cancellation);
    }

    private async Task DeleteAsync(string path, CancellationToken cancellation)
    {
        using var response = await http.DeleteAsync(new Uri(BaseAddress, path), cancellation);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode)
            throw new ScriptException(
                $"{response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}");
        var body = await response.Content.ReadAsByteArrayAsync(cancellation);
        return body is [] ? default! : JsonSerializer.Deserialize<T>(body, ScriptRunner.Json)!;
    }

    private sealed record CreatedAddresses(IReadOnlyList<string> Addresses);

    private sealed record AddedTransactions(IReadOnlyList<string> Txids);

    private sealed record AddedTransaction(string Txid);

    private sealed record SetFault(string Id);

    private sealed record ReleasedRequests(int Released);
}
