// What a wallet holds, asset by asset, and whether that is right.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { currency } from '../../lib/settings.js';
import { byValue, signOf, value } from '../../lib/money.js';
import { Badge, Coins, Empty, Time, Worth } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { walletTexts } from '../../lib/texts.wallets.js';
import { networkName } from './known.js';
import { Verdict } from './verdict.js';

const t = walletTexts.wallets;

/** A wallet's sums; asked again when one of them changes. */
export const useBalances = walletId => useLoad(
  signal => api.get(`/wallets/${walletId}/balances`, { limit: 1, currency: currency.value }, { signal }), [walletId, currency.value],
  { events: ['balance_changed', 'sync_progress', 'sync_completed', 'balance_mismatch'], wallet: walletId });

/** The whole value, or that of what has a price, or why there is none. */
export function Whole({ of }) {
  const worth = of.value.value ?? (signOf(of.value.priced.amount) !== 0 ? of.value.priced : null);
  // Without a price it is told in coins, where it is one kind of them.
  const coins = of.coins ?? (of.totals?.length === 1 ? of.totals[0].confirmed : null);
  if (!worth && coins) return html`<${Coins} of=${coins} />`;
  return html`<${Worth} of=${worth} why=${of.value.unknown > 0 || of.totals?.length === 0 ? t.unknownYet : undefined} />`;
}

/** The earliest instant that one of the sums is of. */
export const asOf = held => held.totals.map(each => each.asOf?.at).filter(Boolean).sort()[0];

const isSome = money => money && signOf(money.amount) !== 0;
const holds = each => !each.confirmed || isSome(each.confirmed) || isSome(each.pending) || each.differences.length > 0;

export function Balances({ held, label }) {
  const rows = held.totals.filter(holds).sort(byValue);
  const doubtful = rows.filter(each => each.status !== 'verified' || each.differences.length > 0);
  if (rows.length === 0) return html`<${Empty} title=${held.status === 'empty' ? t.noAddress : t.nothing} lead=${t.verdict[held.status]} />`;
  return html`<div class="scroll"><table>
    <caption class="unseen">${t.balances} ${label}</caption>
    <thead><tr><th scope="col">${texts.common.asset}</th><th scope="col" class="right wide-only">${t.confirmed}</th><th scope="col"
      class="right wide-only">${t.pending}</th>
      <th scope="col" class="right wide-only">${t.available}</th><th scope="col" class="right wide-only">${t.price}</th><th scope="col"
        class="right">${texts.common.value}</th>
      <th scope="col" class="wide-only">${texts.common.status}</th></tr></thead>
    <tbody>${rows.map(each => html`<tr key=${each.network + each.asset}>
      <th scope="row"><strong>${each.derived.symbol}</strong> <span class="small muted">${networkName(each.network)}</span>
        ${each.leftOut && html`<br /><span class="small muted wrap">${t.leftOut(each.leftOut)}</span>`}</th>
      <td class="right wide-only"><${Coins} of=${each.confirmed} /></td>
      <td class="right wide-only">${each.pending && !isSome(each.pending) ? html`<span
        class="muted">${texts.common.none}</span>` : html`<${Coins} of=${each.pending} signed />`}</td>
      <td class="right wide-only"><${Coins} of=${each.available} /></td>
      <td class="right wide-only">${each.price ? html`<span class="amount"
        title=${each.price.source}>${value({ amount: each.price.value, currency: each.price.currency })}</span>
        ${each.price.stale && html` <span class="badge badge-warn">${texts.common.stale}</span>`}<br /><span class="small muted"><${Time}
          at=${each.price.at} near /></span>`
        : html`<span class="muted">${texts.common.unknownWorth}</span>`}</td>
      <td class="right"><${Worth} of=${each.value} why=${each.leftOut ? texts.common.none : texts.common.unknownWorth} />
        <span class="narrow-only small muted"><br /><${Coins} of=${each.confirmed} /></span></td>
      <td class="wide-only"><${Badge} of=${each.status} title=${t.verdict[each.status]} /></td>
    </tr>`)}</tbody>
  </table></div>
  ${doubtful.map(each => html`<section class="asset" key=${each.asset} aria-label=${each.derived.symbol}>
    <h3>${each.derived.symbol} <span class="muted">${networkName(each.network)}</span> <${Badge} of=${each.status} /></h3><${Verdict} of=${each} />
  </section>`)}
  ${doubtful.length === 0 && html`<p class="small muted">${t.verdict.verified}</p>`}`;
}
