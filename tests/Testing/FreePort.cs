using System.Net;
using System.Net.Sockets;

namespace Testing;

/// <summary>Local ports nobody listens on, each given out once: to no other test of any process on this machine.</summary>
public static class FreePort
{
    // A port is bound some time after it was chosen; until then only the lock on its file says that it is taken.
    private static readonly List<FileStream> Claims = [];

    /// <summary>
    /// A port above those of the servers, which may only be stopped for a moment, and below the range the kernel hands
    /// to outgoing connections, so that none of those can take it meanwhile.
    /// </summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = Random.Shared.Next(23_000, 32_000);
            try
            {
                var claim = new FileStream(
                    Path.Combine(Path.GetTempPath(), $"wallets-tests-port-{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                    FileOptions.DeleteOnClose);
                lock (Claims) Claims.Add(claim);
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Taken: try another.
            }
        }

        throw new InvalidOperationException("No free port between 23000 and 32000.");
    }
}
