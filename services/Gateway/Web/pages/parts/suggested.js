// Addresses that are probably of the same owner, with the evidence. None is added by itself.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { may } from '../../lib/session.js';
import { percent } from '../../lib/money.js';
import { Id, Loaded, Refused, Time } from '../../lib/parts.js';
import { walletTexts } from '../../lib/texts.wallets.js';
import { useAct } from './act.js';
import { networkName } from './known.js';

const t = walletTexts.wallets;

export function Suggested({ wallet, changed }) {
  const list = useLoad(signal => api.get(`/wallets/${wallet.id}/suggested-addresses`, { limit: 20 }, { signal }), [wallet.id, wallet.addressCount]);
  const added = useSignal([]);
  const act = useAct();
  const add = each => act.run(async () => {
    await api.post(`/wallets/${wallet.id}/addresses`, { network: each.network, address: each.address });
    added.value = [...added.value, each.address];
    changed();
  });
  return html`<${Loaded} of=${list}>${page => page.data.length === 0 ? html`<p class="muted">${t.noSuggested}</p>` : html`
    <p class="small muted">${t.suggestedLead}</p>
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    <ul class="list">${page.data.map(each => html`<li key=${each.network + each.address}>
      <div class="name"><${Id} text=${each.address} /> <span
        class="muted small">${networkName(each.network)} · ${t.sure(percent(each.confidence, '1').replace(/\.?0+$/, ''))}</span>
        ${each.walletIds.length > 0 && html`<p class="small muted">${t.elsewhere}</p>`}
        ${each.evidence[0] && html`<p class="small muted">${t.evidence}<${Id} text=${each.evidence.at(-1).from} /> (<${Time}
          at=${each.evidence.at(-1).time} near />)</p>`}</div>
      ${may('wallets:write') && html`<button type="button" disabled=${added.value.includes(each.address)} onClick=${() => add(each)}
        aria-label=${`${t.addIt} ${each.address}`}>${added.value.includes(each.address) ? t.added : t.addIt}</button>`}
    </li>`)}</ul>`}</${Loaded}>`;
}
