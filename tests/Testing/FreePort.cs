using System.Net;
using System.Net.Sockets;

namespace Testing;

/// <summary>Local ports nobody listens on, each given out once: to no other test of any process on this machine.</summary>
public static class FreePort
{
    // A port is bound some time after it was chosen; until then only the name that is bound for it says that it is taken. The
    // kernel forgets such a name (unix(7), "abstract") with the process, however that ends.
    private static readonly List<Socket> Claims = [];

    /// <summary>
    /// A port above those of the servers, which may only be stopped for a moment, and below the range the kernel hands
    /// to outgoing connections, so that none of those can take it meanwhile.
    /// </summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = Random.Shared.Next(23_000, 32_000);
            var claim = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                claim.Bind(new UnixDomainSocketEndPoint($"\0wallets-tests-port-{port}"));
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                lock (Claims) Claims.Add(claim);
                return port;
            }
            catch (SocketException)
            {
                // Taken: try another.
                claim.Dispose();
            }
        }

        throw new InvalidOperationException("No free port between 23000 and 32000.");
    }
}
