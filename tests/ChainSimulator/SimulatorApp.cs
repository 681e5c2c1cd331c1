using Chains;
using ChainSimulator.Evm;
using ChainSimulator.Market;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using ChainSimulator.Solana;
using ChainSimulator.World;

namespace ChainSimulator;

/// <summary>The simulator as a web application, for its own process or inside a test's.</summary>
public static class SimulatorApp
{
    /// <summary>Builds it for the arguments of <c>dotnet ChainSimulator.dll</c>; the caller starts it.</summary>
    public static WebApplication Build(params string[] args)
    {
        var options = SimulatorOptions.Parse(args);
        var builder = WebApplication.CreateSlimBuilder(options.Others);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Recordings are loaded as one body.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.UnmappedMemberHandling = ScriptRunner.Json.UnmappedMemberHandling;
            json.SerializerOptions.DefaultIgnoreCondition = ScriptRunner.Json.DefaultIgnoreCondition;
            foreach (var converter in ScriptRunner.Json.Converters) json.SerializerOptions.Converters.Add(converter);
        });
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSingleton(new SimulatedWorld(options.Seed, Networks.Shipped.With(
                builder.Configuration.GetSection("Networks").Get<Dictionary<string, NetworkSettings>>() ?? [])))
            .AddSingleton(new EvmWorld(options.Seed))
            .AddSingleton<EvmProviders>()
            .AddSingleton(new SolanaWorld(options.Seed))
            .AddSingleton<SolanaProviders>()
            .AddSingleton<MarketWorld>()
            .AddSingleton<MarketSources>()
            .AddSingleton<ScriptRunner>()
            .AddSingleton<FaultRules>()
            .AddSingleton<RequestLog>()
            .AddSingleton<Shifts>()
            .AddSingleton<ProviderPipeline>()
            .AddSingleton(options)
            .AddSingleton<EsploraDialect>()
            .AddSingleton<BlockchainInfoDialect>()
            .AddSingleton<BlockchairDialect>()
            .AddSingleton<Admin>();
        if (options.MineEvery is { } every)
            builder.Services.AddHostedService(services =>
                new SteadyMiner(services.GetRequiredService<SimulatedWorld>(), services.GetRequiredService<ScriptRunner>(), every,
                    TimeProvider.System));

        var app = builder.Build();
        app.UseWebSockets();
        if (options.IsDemo) Demo.Build(app.Services.GetRequiredService<SimulatedWorld>());
        if (options.Journal is { } journal) app.Services.GetRequiredService<ScriptRunner>().Continue(journal);
        app.Services.GetRequiredService<Admin>().Map(app);
        app.Services.GetRequiredService<EsploraDialect>().Map(app);
        app.Services.GetRequiredService<BlockchainInfoDialect>().Map(app);
        app.Services.GetRequiredService<BlockchairDialect>().Map(app);
        app.Services.GetRequiredService<EvmProviders>().Map(app);
        app.Services.GetRequiredService<SolanaProviders>().Map(app);
        app.Services.GetRequiredService<MarketSources>().Map(app);
        return app;
    }
}
