namespace Messaging;

/// <summary>
/// How queues are named: in kebab-case, with the queue's type at the end because it cannot change during a queue's life.
/// </summary>
public static class Queues
{
    /// <summary>The broker's name of a queue: <c>wallet-sync</c> is <c>wallet-sync-quorum</c>.</summary>
    public static string Name(string queue) => $"{queue}-quorum";

    /// <summary>Where a queue's messages end that cannot be handled.</summary>
    public static string DeadLettersOf(string queue) => $"{Name(queue)}-dead";

    /// <summary>Where to send a command so that it reaches this queue.</summary>
    public static Uri Address(string queue) => new($"exchange:{Name(queue)}");

    internal static string InboxOf(string service, string source) => $"{service}-inbox-{source}";
}
