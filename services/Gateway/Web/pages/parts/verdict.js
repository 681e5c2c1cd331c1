// What was compared with whom, and why they differ, in words.
import { html } from '../../lib/html.js';
import { Coins, Time } from '../../lib/parts.js';
import { signOf } from '../../lib/money.js';
import { walletTexts } from '../../lib/texts.wallets.js';

const t = walletTexts.wallets;

const wordsOf = difference => {
  const words = t.differences[difference.class] ?? difference.class;
  return typeof words === 'function' ? words(difference.transactions) : words;
};

/** Why one balance, or one sum, is not what the provider reports. */
export function Differences({ of }) {
  if (of.length === 0) return null;
  return html`<ul class="differences small">${of.map(each => html`<li>
    ${signOf(each.balance.amount) !== 0 && html`<${Coins} of=${each.balance} signed /> · `}${wordsOf(each)}
    ${each.class === 'gap' && each.transactions > 1 && ` (${t.gaps(each.transactions)})`}
    ${each.reason && html`<span class="muted"> ${each.reason}</span>`}</li>`)}</ul>`;
}

/** The verdict on one asset: what it means, both sides of it, and when that was found. */
export function Verdict({ of }) {
  return html`<div class="verdict">
    <p>${t.verdict[of.status]}</p>
    ${of.reported && (of.status === 'mismatch' || of.status === 'explained') && html`<dl class="facts small">
      <dt>${t.reported}</dt><dd><${Coins} of=${of.reported} /></dd>
      <dt>${t.derived}</dt><dd><${Coins} of=${of.derived} /></dd>
    </dl>`}
    <${Differences} of=${of.differences} />
    ${of.verified && html`<p class="small muted">${t.comparedAt}<${Time} at=${of.verified.at} near />${t.atHeight(of.verified.height)}</p>`}
  </div>`;
}
