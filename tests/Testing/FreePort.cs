using System.Net;
using System.Net.Sockets;

namespace Testing;

/// <summary>Local ports nobody listens on.</summary>
public static class FreePort
{
    /// <summary>A port below the range the kernel hands to outgoing connections, so that none of those can take it meanwhile.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: try another.
            }
        }

        throw new InvalidOperationException("No free port between 20000 and 32000.");
    }
}
