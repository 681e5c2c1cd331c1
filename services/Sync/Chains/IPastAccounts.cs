using Chains;

namespace Sync.Chains;

/// <summary>An account that belonged to an address and does not any more, and the height at which it was seen to end.</summary>
internal sealed record PastAccount(string Account, long Until);

/// <summary>
/// Accounts whose histories are part of an address's and which no provider lists any more. They are learnt as the history is
/// read; who goes on with it in the middle has to know them.
/// </summary>
internal interface IPastAccounts
{
    /// <summary>Those of the address that had not ended below a height and, as far as known, were not made above it.</summary>
    Task<IReadOnlyList<string>> OfAsync(Address address, long height, CancellationToken ct);

    /// <summary>Keeps accounts that ended, and where others of the address's were made; once kept, doing so again changes nothing.</summary>
    Task NoteAsync(Address address, IReadOnlyCollection<PastAccount> ended, IReadOnlyCollection<(string Account, long From)> made,
        CancellationToken ct);
}
