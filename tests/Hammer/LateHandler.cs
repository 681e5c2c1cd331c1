using System.Globalization;

namespace Hammer;

/// <summary>Says when a request was sent, and lets it arrive a little later.</summary>
internal sealed class LateHandler(TimeProvider clock, string process, bool isUrgent, Random random, int mostMilliseconds)
    : DelegatingHandler(new SocketsHttpHandler())
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Add("X-Process", process);
        request.Headers.Add("X-Urgent", isUrgent ? "1" : "0");
        request.Headers.Add("X-Sent", clock.GetUtcNow().UtcTicks.ToString(CultureInfo.InvariantCulture));
        if (mostMilliseconds > 0 && random.Next(4) == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(mostMilliseconds)), clock, cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }
}
