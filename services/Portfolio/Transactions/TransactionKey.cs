using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>Where some rows of a list begin, beyond a key or with it, which way they go, and how many they are.</summary>
internal readonly record struct TransactionPlace(TransactionKey? Key, bool Backward, int Fetch, bool Inclusive = false)
{
    /// <summary>Whether rows go by time before all else, as those of several chains must.</summary>
    public bool ByTime { get; init; }

    /// <summary>The time at the key, where rows go by time.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The place of a cursor.</summary>
    public static TransactionPlace Of(PagePlace place, bool byTime) =>
        new(place.IsStart ? null : TransactionKey.Of(place), place.Backward, place.Fetch)
        {
            ByTime = byTime,
            Time = byTime && !place.IsStart ? place.Key<DateTimeOffset>(TransactionKey.Length) : default,
        };
}

/// <summary>
/// A transaction's place in a wallet's list: by height, place in the block where the chain's providers give it, credits
/// before debits, transaction id. The rest only tells apart what one transaction did to several assets and addresses.
/// </summary>
internal readonly record struct TransactionKey(long Height, int Position, short Side, string Txid, string Asset, Guid LedgerId)
{
    /// <summary>How many parts of a cursor it is.</summary>
    public const int Length = 6;

    public static TransactionKey Of(PagePlace place) => new(
        place.Key<long>(0), place.Key<int>(1), place.Key<short>(2), place.Key<string>(3), place.Key<string>(4), place.Key<Guid>(5));

    public string[] Parts() =>
    [
        Height.ToString(null, null), Position.ToString(null, null), Side.ToString(null, null), Txid, Asset, LedgerId.ToString(),
    ];
}
