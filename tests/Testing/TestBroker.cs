using Xunit;

namespace Testing;

/// <summary>A virtual host of one's own on a real broker, deleted with all its queues at the end. A class fixture.</summary>
public sealed class TestBroker : IAsyncLifetime
{
    private readonly string virtualHost = $"test-{Guid.NewGuid():N}";
    private PrivateServers? servers;
    private Uri? uri;

    /// <summary>Connects to the virtual host, as the broker's administrator.</summary>
    public Uri Uri => uri ?? throw new InvalidOperationException("The virtual host is not there yet.");

    /// <summary>Connects to the virtual host with a service's own account.</summary>
    public Uri UriOf(string service) => new(servers!.BrokerAccounts[service], virtualHost);

    /// <summary>Empties every queue of the virtual host and returns how many messages were lost by it.</summary>
    public Task<int> PurgeQueues() => servers!.PurgeQueues(virtualHost);

    public async ValueTask InitializeAsync()
    {
        servers = await PrivateServers.Shared;
        await servers.AddVirtualHost(virtualHost);
        uri = new Uri(servers.AmqpUri, virtualHost);
    }

    public async ValueTask DisposeAsync()
    {
        if (uri is not null) await servers!.DeleteVirtualHost(virtualHost);
    }
}
