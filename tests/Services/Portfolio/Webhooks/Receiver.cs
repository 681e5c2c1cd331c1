using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Services.Portfolio.Webhooks;

/// <summary>Somebody's endpoint: keeps what is posted to it and answers as a test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Posted> posted = new();

    private Receiver(WebApplication app) => this.app = app;

    /// <summary>Everything that came, in the order in which it came.</summary>
    public IReadOnlyList<Posted> Posted => [.. posted];

    /// <summary>The status of the answer to a message, or none as long as the request lasts.</summary>
    public Func<Posted, int?> Answer { get; set; } = _ => StatusCodes.Status204NoContent;

    public string Url { get; private set; } = "";

    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var receiver = new Receiver(builder.Build());
        receiver.app.Run(receiver.Take);
        await receiver.app.StartAsync();
        receiver.Url = receiver.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/hooks";
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Take(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var headers = context.Request.Headers;
        var message = new Posted(context.Request.Path, headers["webhook-id"]!, headers["webhook-timestamp"]!, headers["webhook-signature"]!, body,
            posted.Count(each => each.Id == headers["webhook-id"]) + 1);
        posted.Enqueue(message);
        if (Answer(message) is { } status)
        {
            context.Response.StatusCode = status;
            if (status is >= 300 and < 400) context.Response.Headers.Location = "/elsewhere";
            return;
        }

        await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>A message as it came, and how often it had come by then.</summary>
internal sealed record Posted(string Path, string Id, string Timestamp, string Signature, string Body, int Time);
