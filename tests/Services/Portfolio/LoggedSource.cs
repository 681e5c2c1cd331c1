using System.Net.Http.Json;
using System.Text.Json;
using System.Web;
using Contracts;
using Messaging;

namespace Services.Portfolio;

/// <summary>A service's log as its feed tells it, which a test lets grow, purges and sets back.</summary>
internal sealed class LoggedSource(string source) : HttpMessageHandler
{
    private readonly Lock gate = new();
    private List<(long Position, Contract Contract)> log = [];
    private long head;

    /// <summary>Called before each answer.</summary>
    public Action Asked { get; set; } = () => { };

    public void Append(params IEnumerable<Contract> contracts)
    {
        lock (gate)
        {
            foreach (var contract in contracts) log.Add((++head, contract));
        }
    }

    /// <summary>Deletes what is told of something that has ended, and tells the end after it, as a purge with its tombstone does.</summary>
    public void Purge(Predicate<Contract> purged, Contract tombstone)
    {
        lock (gate)
        {
            log.RemoveAll(entry => purged(entry.Contract));
            log.Add((++head, tombstone));
        }
    }

    /// <summary>The log is set back: everything after a position is gone, and the positions are used again.</summary>
    public void SetBack(long to)
    {
        lock (gate)
        {
            log = [.. log.Where(entry => entry.Position <= to)];
            head = to;
        }
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Asked();
        cancellationToken.ThrowIfCancellationRequested();
        var query = HttpUtility.ParseQueryString(request.RequestUri!.Query);
        var (after, limit) = (long.Parse(query["after"]!), int.Parse(query["limit"]!));
        var upTo = query["upTo"] is { } last ? long.Parse(last) : long.MaxValue;
        lock (gate)
        {
            var page = log.Where(entry => entry.Position > after && entry.Position <= upTo).Take(limit).ToList();
            var readTo = page.Count == limit ? page[^1].Position : Math.Max(after, Math.Min(head, upTo));
            var (opened, entries) = (after, new List<FeedEntry>());
            foreach (var (position, contract) in page)
            {
                entries.Add(Feed.Write(contract with { Log = new LogSpan(source, opened, position) }));
                opened = position;
            }

            return Task.FromResult(new HttpResponseMessage
            {
                Content = JsonContent.Create(new FeedPage(source, head, readTo, entries), options: JsonSerializerOptions.Web),
            });
        }
    }
}
