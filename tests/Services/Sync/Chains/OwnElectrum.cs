using Microsoft.Extensions.DependencyInjection;
using Providers;
using Sync.Chains.Utxo;
using Sync.Providers;

namespace Services.Sync;

/// <summary>A real node with a server of the Electrum protocol over its chain, which is the only provider configured. A class fixture.</summary>
public sealed class OwnElectrum : OwnNode
{
    private (string Key, string Value)[]? otherwise;

    public OwnElectrum() => Server = new ElectrumServer(Node);

    internal ElectrumServer Server { get; }

    protected override IEnumerable<(string Key, string Value)> Own =>
        [("Kind", "electrum"), ("BaseUrl", Server.Url), ("TimeoutSeconds", "10"), .. otherwise ?? []];

    public override async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>An adapter as of another process, with a connection of its own, configured otherwise in some things.</summary>
    internal Process Started(params (string Key, string Value)[] settings)
    {
        otherwise = settings;
        try
        {
            return new(Build(new ServiceCollection()).BuildServiceProvider());
        }
        finally
        {
            otherwise = null;
        }
    }

    internal sealed class Process(ServiceProvider services) : IAsyncDisposable
    {
        public Electrum Adapter { get; } = (Electrum)services.GetRequiredService<ProviderPools>().Find(Regtest)!.Named("own");

        public ProviderUsage Usage => services.GetRequiredService<ProviderUsage>();

        public ValueTask DisposeAsync() => services.DisposeAsync();
    }
}
