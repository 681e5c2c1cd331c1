namespace Sync.Chains.Evm;

/// <summary>What an error object of JSON-RPC means. Its codes are few and used for many things, so the words count too.</summary>
internal enum RpcError
{
    Other,

    /// <summary>Too many requests; to be asked again later.</summary>
    RateLimited,

    /// <summary>The range has more blocks or results than are told at once; half of it may do.</summary>
    TooLarge,

    UnknownMethod,

    /// <summary>Alchemy lists no transfers of a kind on this network.</summary>
    UnknownCategory,

    /// <summary>The called contract refused.</summary>
    Reverted,

    /// <summary>The node has no state of that block (any more).</summary>
    NoState,

    /// <summary>The node itself failed.</summary>
    Broken,
}

internal static class RpcErrors
{
    private const int LimitExceeded = -32005;
    private const int InternalError = -32603;
    private const int MethodNotFound = -32601;
    private const int MethodNotSupported = -32004;
    private const int ResourceUnavailable = -32002;
    private const int Revert = 3;

    private static readonly string[] Rates = ["rate limit", "ratelimit", "too many requests", "request limit", "compute units per second",
        "capacity exceeded"];
    private static readonly string[] Sizes =
    [
        "more than", "block range", "blocks range", "range is too", "range too", "range limit", "range exceed", "too large", "too many results",
            "too big", "exceed", "limited to",
        "response size", "query timeout", "smaller",
    ];

    private static readonly string[] Unknown = ["method not found", "method not supported", "not available", "does not exist", "unsupported method"];

    public static RpcError Of(string method, int code, string message)
    {
        if (code == Revert || Says(message, "execution reverted") || Says(message, "vm execution error")) return RpcError.Reverted;
        if (Says(message, "missing trie node") || Says(message, "no state available") || Says(message, "state is not available")
            || Says(message, "header not found"))
            return RpcError.NoState;
        // The same code is used for a result that is too large and for too many requests.
        if (method == "eth_getLogs" && !Says(message, "beyond") && !Says(message, "invalid") && !Rates.Any(part => Says(message, part))
            && Sizes.Any(part => Says(message, part)))
            return RpcError.TooLarge;
        if (code is LimitExceeded or 429 or -32029 || Rates.Any(part => Says(message, part))) return RpcError.RateLimited;
        if (Says(message, "requested categories")) return RpcError.UnknownCategory;
        if (code is MethodNotFound or MethodNotSupported || Unknown.Any(part => Says(message, part))) return RpcError.UnknownMethod;
        return code is InternalError or ResourceUnavailable ? RpcError.Broken : RpcError.Other;
    }

    private static bool Says(string message, string part) => message.Contains(part, StringComparison.OrdinalIgnoreCase);
}
