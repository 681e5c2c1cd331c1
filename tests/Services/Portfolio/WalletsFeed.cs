using System.Net.Http.Json;
using System.Text.Json;
using System.Web;
using Contracts;
using Messaging;

namespace Services.Portfolio;

/// <summary>The Wallets service's feed, of which a test says what is in it that the bus has not brought yet.</summary>
internal sealed class WalletsFeed : HttpMessageHandler
{
    private readonly Queue<Contract> said = [];

    /// <summary>Whether nobody answers.</summary>
    public bool IsAway { get; set; }

    public void Say(Contract contract)
    {
        lock (said) said.Enqueue(contract);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsAway) throw new HttpRequestException("Nobody answers.");
        var position = long.Parse(HttpUtility.ParseQueryString(request.RequestUri!.Query)["after"]!);
        var entries = new List<FeedEntry>();
        lock (said)
        {
            while (said.TryDequeue(out var contract))
            {
                var told = contract with { Log = new LogSpan("wallets", position, ++position) };
                entries.Add(new(told.GetType().Name, JsonSerializer.SerializeToElement(told, told.GetType(), JsonSerializerOptions.Web)));
            }
        }

        return Task.FromResult(new HttpResponseMessage
        {
            Content = JsonContent.Create(new FeedPage("wallets", position, position, entries), options: JsonSerializerOptions.Web),
        });
    }
}
