namespace ChainSimulator.Serving;

/// <summary>The ways in which a provider can fail, mislead or delay.</summary>
public enum FaultKind
{
    /// <summary>Answers <see cref="Fault.Status"/> (500 by default) and nothing useful.</summary>
    Status,

    /// <summary>Answers 429 with Retry-After of <see cref="Fault.RetryAfterSeconds"/>.</summary>
    RateLimit,

    /// <summary>Says nothing until cleared or until the client leaves.</summary>
    Hang,

    /// <summary>Answers after <see cref="Fault.Milliseconds"/>.</summary>
    Slow,

    /// <summary>Holds the request, or half the body with <see cref="Fault.MidBody"/>, until released.</summary>
    Gate,

    /// <summary>Announces the whole body, sends half and breaks the connection.</summary>
    Break,

    /// <summary>Sends half the body as if it were all.</summary>
    Truncate,

    /// <summary>Answers a page of HTML with 200.</summary>
    Html,

    /// <summary>Says that the body is text/html.</summary>
    ContentType,

    /// <summary>Answers <see cref="Fault.Megabytes"/> of valid JSON.</summary>
    Huge,

    /// <summary>Answers an empty list where transactions are asked for.</summary>
    EmptyPage,

    /// <summary>Never ends its pages: repeats the last transactions, or invents ones with <see cref="Fault.Invented"/>.</summary>
    EndlessPages,

    /// <summary>Starts pages <see cref="Fault.By"/> transactions too late, or too early when negative.</summary>
    PageDrift,

    /// <summary>Leaves about one of <see cref="Fault.Every"/> transactions out of every page, always the same ones.</summary>
    Omit,

    /// <summary>Adds <see cref="Fault.Balance"/> satoshis and <see cref="Fault.Transactions"/> to the summary.</summary>
    Lie,

    /// <summary>Is <see cref="Fault.By"/> blocks behind.</summary>
    Lag,

    /// <summary>Stands still at the chain as it was when the fault was set.</summary>
    Stop,

    /// <summary>Does not tell blocks more than <see cref="Fault.By"/> below its tip.</summary>
    Pruned,

    /// <summary>Keeps the feed of new blocks open and says nothing on it (chains of accounts).</summary>
    Silent,

    /// <summary>Is honest, but of a chain so fast that a block comes before each answer (chains of accounts).</summary>
    NewBlock,
}

/// <summary>
/// What goes wrong, for whom and how often. No replica means all of them ("main" is the one without a name in its path);
/// the route is a pattern with * over the path behind /api. The first <see cref="Skip"/> matching requests pass,
/// then <see cref="Count"/> are hit, or all until it is cleared, or by chance with <see cref="Percent"/>.
/// </summary>
public sealed record Fault(
    FaultKind Kind,
    string? Id = null,
    string? Network = null,
    string? Replica = null,
    string Route = "*",
    int Skip = 0,
    int? Count = null,
    int Percent = 100,
    int Status = 500,
    int RetryAfterSeconds = 1,
    int Milliseconds = 0,
    bool MidBody = false,
    int Megabytes = 64,
    bool Invented = false,
    int By = 1,
    int Every = 10,
    long Balance = 0,
    int Transactions = 0);

/// <summary>A fault with how often its requests matched and were hit.</summary>
public sealed record FaultState(Fault Fault, int Matched, int Hit);

/// <summary>A request that stands at a gate.</summary>
public sealed record GateWait(string Gate, long Request, string Path, string Replica, DateTimeOffset Since);

/// <summary>Lets the oldest requests at a gate go on: of any gate without an id, all of them without a count.</summary>
public sealed record ReleaseGate(string? Id = null, int? Count = null);
