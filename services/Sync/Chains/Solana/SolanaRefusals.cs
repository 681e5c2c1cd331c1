namespace Sync.Chains.Solana;

/// <summary>What an error of a node means (custom errors of Agave's RPC, and what providers before nodes add to them).</summary>
internal static class SolanaRefusals
{
    private const int CleanedUp = -32001;
    private const int BlockNotAvailable = -32004;
    private const int Unhealthy = -32005;
    private const int SlotSkipped = -32007;
    private const int SlotSkippedInStorage = -32009;
    private const int NotIndexed = -32010;
    private const int NoHistory = -32011;
    private const int StatusNotAvailable = -32014;
    private const int UnknownVersion = -32015;
    private const int ContextNotReached = -32016;
    private const int InvalidRequest = -32600;
    private const int MethodNotFound = -32601;
    private const int InternalError = -32603;
    private const int TooManyRequests = 429;
    private const int LimitExceeded = -32429;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Rates = ["rate limit", "ratelimit", "too many requests", "request limit", "limit exceeded", "credits",
        "capacity exceeded"];

    /// <summary>Whether no block was made in the slot, or none that the provider has.</summary>
    public static bool IsSkipped(RpcRefusal refusal) => refusal.Code is SlotSkipped or SlotSkippedInStorage;

    /// <summary>Whether the block is above what the provider knows.</summary>
    public static bool IsNotThereYet(RpcRefusal refusal) => refusal.Code is BlockNotAvailable or StatusNotAvailable;

    /// <summary>Whether what is asked for is a transaction of a version that is not read here.</summary>
    public static bool IsOfVersion(RpcRefusal refusal) => refusal.Code is UnknownVersion;

    public static ProviderException Of(RpcRefusal refusal, string provider)
    {
        if (refusal.Code is TooManyRequests or LimitExceeded || Rates.Any(part => refusal.Message.Contains(part, StringComparison.OrdinalIgnoreCase)))
            return new(ProviderFailure.RateLimited, provider, "rate limited", Patience);
        return refusal.Code switch
        {
            Unhealthy or ContextNotReached or BlockNotAvailable or StatusNotAvailable =>
                new(ProviderFailure.Behind, provider, "its node is behind the chain"),
            CleanedUp or NoHistory or SlotSkippedInStorage => new(ProviderFailure.OutOfReach, provider, "does not keep what lies so far back"),
            SlotSkipped => new(ProviderFailure.OutOfReach, provider, "has no block where one is due"),
            NotIndexed => new(ProviderFailure.OutOfReach, provider, "does not list this account"),
            UnknownVersion => new(ProviderFailure.OutOfReach, provider, "tells a transaction of a version that is not read here"),
            MethodNotFound => new(ProviderFailure.OutOfReach, provider, "does not know the method that is asked"),
            InternalError => new(ProviderFailure.Unavailable, provider, "answers that it failed"),
            InvalidRequest => new(ProviderFailure.BadAnswer, provider, "does not take what it is asked (it may take no batches)"),
            _ => new(ProviderFailure.BadAnswer, provider, "answers with an error"),
        };
    }
}
