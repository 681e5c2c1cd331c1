using System.Collections.Frozen;

namespace ServiceDefaults;

/// <summary>The catalogue of every failure the API answers with. What cannot be read is 400; what was read and is not acceptable is 422.</summary>
public static class Problems
{
    /// <summary>Every kind of failure, in the order of its status.</summary>
    public static IReadOnlyList<Problem> All { get; } =
    [
        // The request cannot be read.
        new("bad-request", 400, "Bad request", "The request is not valid HTTP or lacks something this resource needs."),
        new("malformed-json", 400, "Malformed JSON", "The body is not well-formed JSON; the detail says where reading stopped."),
        new("invalid-parameter", 400, "Invalid parameter", "A query parameter or header is not known here, is given twice or has a value of the " +
            "wrong kind; the errors name it."),
        new("limit-out-of-range", 400, "Limit out of range", "The page size must be from 1 to 200."),
        new("cursor-invalid", 400, "Invalid cursor", "The cursor was not issued by this resource for these filters; start again without it."),
        new("range-too-wide", 400, "Range too wide", "The range asks for more than one answer holds; ask for a narrower one."),

        // Who is asking.
        new("unauthorized", 401, "Unauthorized", "Send a valid API key as 'Authorization: Bearer wt_…' or 'X-Api-Key', or " +
            "log in."),
        new("key-revoked", 401, "Key revoked", "This API key was revoked; use another."),
        new("user-disabled", 401, "User disabled", "The user of this API key was disabled; an administrator can let them in again."),
        new("key-expired", 401, "Key expired", "This API key has expired; use another."),
        new("forbidden", 403, "Forbidden", "The key is valid but may not do this; the detail names the scope it lacks."),

        new("csrf", 403, "Not from a page of ours", "A request with a session's cookie that changes something must come from a page of this host " +
            "and carry 'X-Csrf: 1'."),

        // What is asked for.
        new("not-found", 404, "Not found", "Nothing is under this URL: no such path, or an id in it is none. GET /openapi/v1.json lists what " +
            "there is."),
        new("user-not-found", 404, "User not found", "There is no such user, or it is not yours to see."),
        new("key-not-found", 404, "API key not found", "There is no such API key, or it is not yours to see."),
        new("wallet-not-found", 404, "Wallet not found", "There is no such wallet, or it is not yours to see."),
        new("address-not-found", 404, "Address not found", "The wallet has no such address."),
        new("source-not-found", 404, "Source not found", "The wallet has no such source."),
        new("sync-not-found", 404, "Sync run not found", "The wallet has no such sync run."),
        new("transaction-not-found", 404, "Transaction not found", "None of your addresses has such a transaction."),
        new("deposit-not-found", 404, "Deposit not found", "None of your addresses has such a deposit."),
        new("import-not-found", 404, "Import not found", "There is no such import, or it is not yours to see; imports are kept for 30 days."),
        new("webhook-not-found", 404, "Webhook not found", "There is no such webhook, or it is not yours to see."),
        new("delivery-not-found", 404, "Delivery not found", "The webhook has no such delivery or replay."),
        new("share-not-found", 404, "Share not found", "There is no such share, or it is not yours to see."),
        new("price-not-found", 404, "Price not found", "You set no such price."),
        new("method-not-allowed", 405, "Method not allowed", "This resource does not support the method; the Allow header lists those it does."),
        new("not-acceptable", 406, "Not acceptable", "This resource has no representation of the kind asked for."),
        new("request-timeout", 408, "Request timeout", "The request arrived too slowly and was given up."),

        // It contradicts what is.
        new("conflict", 409, "Conflict", "The request contradicts the present state; read it again and decide anew."),
        new("user-exists", 409, "User already there", "A user with this e-mail address exists."),
        new("admin-exists", 409, "Administrator already there", "There is an administrator already; the first one is made only once."),
        new("source-exists", 409, "Source already there", "Addresses of this source are another one's of the wallet, which the detail names."),
        new("request-in-progress", 409, "Request in progress", "A request with this Idempotency-Key is still running; ask again shortly."),
        new("version-conflict", 412, "Version conflict", "The resource changed since it was read; read it again."),
        new("body-too-large", 413, "Body too large", "The body is larger than this resource accepts (1 MB unless it says otherwise)."),
        new("uri-too-long", 414, "URL too long", "The request's line, of method and URL, is longer than the 8 kB that the server accepts."),
        new("unsupported-media-type", 415, "Unsupported media type", "Send the body as application/json, or as what the resource says it takes."),
        new("headers-too-large", 431, "Headers too large", "The request has more than 64 headers, or they are larger than 32 kB together."),

        // It was read and is not acceptable.
        new("invalid-body", 422, "Invalid body", "The body is JSON but not what this resource takes; the errors point at each place."),
        new("invalid-file", 422, "Invalid file", "The file is not taken as a whole: the errors say why. Nothing was changed."),
        new("unknown-network", 422, "Unknown network", "There is no such network; GET /api/v1/networks lists those there are."),
        new("invalid-address", 422, "Invalid address", "The address is not one of this network; the errors say what is wrong with it."),
        new("invalid-source", 422, "Invalid source", "The text stands for no whole wallet of this network; the errors say what is wrong with it."),
        new("ambiguous-network", 422, "Ambiguous network", "The address could be one of several networks, which the " +
            "detail names; say which as 'network'."),
        new("secret-pasted", 422, "Secret sent", "What was sent as an address looks like a seed phrase or a private key. Move " +
            "the money to a new wallet at once; nothing of it was kept or logged here."),
        new("too-many", 422, "Too many", "The request would exceed a limit that the detail names."),
        new("idempotency-key-reused", 422, "Idempotency key reused", "This Idempotency-Key was used with a different request within 24 hours; use " +
            "a new one."),

        // Not now.
        new("rate-limited", 429, "Too many requests", "This key has used up its request allowance; wait as long as Retry-After says."),
        new("too-many-failed-keys", 429, "Too many failed keys", "Too many requests from this IP address came with keys that are not good; wait " +
            "as long as Retry-After says."),
        new("too-many-streams", 429, "Too many streams", "This key has as many streams of events open as it may; close one, or use another key."),
        new("client-closed-request", 499, "Client closed the request", "The client went away before the answer was ready."),

        // Not the client's doing.
        new("internal", 500, "Internal error", "Something failed on our side; the instance is what to quote when reporting it."),
        new("bad-gateway", 502, "Bad gateway", "A service behind the gateway answered in a way that is no HTTP, so nothing of it can " +
            "be passed on."),
        new("upstream-unavailable", 503, "Service unavailable", "A service that this needs, which the detail names, cannot " +
            "be reached just now; it is worth trying again."),
        new("clocks-differ", 503, "Clocks differ", "The clocks of two services of ours differ by more than a minute, which an operator " +
            "must mend; it is worth trying again."),
        new("database-unavailable", 503, "Database unavailable", "The database cannot be used just now; nothing was stored and it is worth trying " +
            "again."),
        new("version-not-reached", 503, "Version not reached", "What you wrote has not arrived here yet; ask again as soon as Retry-After says, " +
            "with the same minVersion."),
        new("timeout", 504, "Timed out", "The answer did not come in time; it is worth trying again."),
    ];

    private static readonly FrozenDictionary<string, Problem> ByCode = All.ToFrozenDictionary(problem => problem.Code);

    // The code that stands for a bare status; where several share one, the one without further meaning.
    private static readonly FrozenDictionary<int, Problem> ByStatus = All
        .GroupBy(problem => problem.Status)
        .ToFrozenDictionary(group => group.Key, group => group.First());

    /// <summary>The entry of that code, or null.</summary>
    public static Problem? Find(string code) => ByCode.GetValueOrDefault(code);

    /// <summary>The entry of that code; an unknown code is a mistake in the program.</summary>
    /// <exception cref="ArgumentException">The catalogue has no such code.</exception>
    public static Problem Get(string code) =>
        Find(code) ?? throw new ArgumentException($"The catalogue has no problem '{code}'.", nameof(code));

    /// <summary>The entry that stands for a bare HTTP status.</summary>
    public static Problem ForStatus(int status) =>
        ByStatus.GetValueOrDefault(status) ?? Get(status >= 500 ? "internal" : "bad-request");
}
