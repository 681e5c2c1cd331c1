using ServiceDefaults;

namespace Messaging;

/// <summary>The broker, from the section <c>RabbitMq</c>.</summary>
internal sealed class RabbitMqOptions : IValidated
{
    public const string Section = "RabbitMq";

    /// <summary>amqp://user:password@host:port/virtual-host, amqps for TLS.</summary>
    public string Uri { get; set; } = "";

    /// <summary>With amqps: the file (PEM) of the authorities that the broker's certificate may come from, instead of the machine's.</summary>
    public string? CaFile { get; set; }

    /// <summary>With amqps: the name that the broker's certificate must have, where it is another than the host's.</summary>
    public string? ServerName { get; set; }

    /// <summary>
    /// How often the broker hands a message out before it gives it up: so many crashes of its consumers a message survives.
    /// Part of a queue's declaration, so it cannot change while the queue exists.
    /// </summary>
    public int DeliveryLimit { get; set; } = 30;

    /// <summary>Messages of an inbox that are handed out at once; those that wait are applied in one transaction.</summary>
    public int InboxPrefetch { get; set; } = 64;

    public IEnumerable<string> Errors()
    {
        if (!System.Uri.TryCreate(Uri, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
            yield return "Uri must be the broker's address, amqp://user:password@host:port/virtual-host.";
        else if (uri.Scheme != "amqps" && (CaFile ?? ServerName) is not null)
            yield return "CaFile and ServerName are of TLS: they need an Uri with amqps.";
        foreach (var error in BrokerCertificate.Errors(CaFile)) yield return $"CaFile: {error}";
        if (DeliveryLimit is < 1 or > 1000) yield return "DeliveryLimit must be from 1 to 1000.";
        if (InboxPrefetch is < 1 or > 1000) yield return "InboxPrefetch must be from 1 to 1000.";
    }
}
