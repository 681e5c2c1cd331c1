// Extended keys and descriptors whose addresses are found by themselves, and how far was looked.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { may } from '../../lib/session.js';
import { Badge, Card, Id, Loaded } from '../../lib/parts.js';
import { walletTexts } from '../../lib/texts.wallets.js';
import { networkName } from './known.js';
import { Sure } from './act.js';

const t = walletTexts.wallets;

export function Sources({ wallet, add, changed }) {
  const said = useSignal([]);
  // A server without sources has none.
  const list = useLoad(signal => api.get(`/wallets/${wallet.id}/sources`, {}, { signal })
    .then(answer => answer.data ?? answer, e => { if (e.status === 404) return []; throw e; }),
  [wallet.id, wallet.addressCount], { events: ['sync_completed', 'sync_progress'], wallet: wallet.id });
  const remove = async id => {
    await api.delete(`/wallets/${wallet.id}/sources/${id}`);
    said.value = [...said.value, id];
    changed();
  };
  const writes = may('wallets:write');
  return html`<${Card} title=${t.sources} actions=${writes && html`<button type="button" onClick=${add}>${t.addSource}</button>`}>
    <${Loaded} of=${list}>${sources => {
      const shown = sources.filter(each => !said.value.includes(each.id));
      if (shown.length === 0) return html`<p class="muted">${t.noSources}</p>`;
      return html`<ul class="list">${shown.map(each => html`<li key=${each.id} class="source">
        <div class="name"><strong>${each.label ?? networkName(each.network)}</strong> <span
          class="muted small">${networkName(each.network)} · ${t.gapLimit(each.gapLimit)}</span>
          <p><${Id} text=${each.descriptor} keep=${14} /></p>
          ${each.branches.map(branch => html`<p class="small" key=${branch.branch}>
            ${walletTexts.welcome.branch(branch.name, `/${branch.branch}`)}: ${t.lookedTo(branch.used, branch.derived, branch.lookedTo)}
            ${' '}<${Badge} of=${branch.done ? 'idle' : 'syncing'} /></p>`)}
          ${each.note && html`<p class="small down">${each.note}</p>`}
        </div>
        ${writes && html`<${Sure} title=${t.removeTitle(each.label ?? t.source)} word=${t.remove} says=${t.removeSource} class="danger"
          what=${() => remove(each.id)} />`}
      </li>`)}</ul>`;
    }}</${Loaded}>
  </${Card}>`;
}
