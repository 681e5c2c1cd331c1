using Chains;
using Sync.Chains;

namespace Sync.Reconciliation;

/// <summary>
/// Whom balances are asked of, as of which tip, and until when. The deadline goes with questions to providers only: what is
/// written must not be cut off.
/// </summary>
internal sealed record BalanceInquiry(Guid LedgerId, IChainAdapter Provider, Address Address, ChainTip Tip, CancellationToken ProviderDeadline);
