// One wallet: what it holds, whether that is right and why, its addresses, and where they come from.
import { html, useSignal } from '../lib/html.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { addressFor, go } from '../lib/route.js';
import { may } from '../lib/session.js';
import { currency } from '../lib/settings.js';
import { AsOf, Badge, Card, Dialog, Empty, Heading, Loaded } from '../lib/parts.js';
import { walletTexts } from '../lib/texts.wallets.js';
import { AddForm } from './parts/add.js';
import { Addresses } from './parts/addresses.js';
import { Balances, Whole, asOf, useBalances } from './parts/balances.js';
import { InPlace, Tags } from './parts/inplace.js';
import { Sure } from './parts/act.js';
import { Runs } from './parts/runs.js';
import { Sources } from './parts/sources.js';
import { Suggested } from './parts/suggested.js';
import { SyncActions, SyncState, useSync } from './parts/syncing.js';

const t = walletTexts.wallets;

export default function Wallet({ id }) {
  const wallet = useLoad(signal => api.get(`/wallets/${id}`, {}, { signal }), [id], { events: ['sync_completed'], wallet: id });
  if (wallet.problem?.status === 404)
    return html`<${Heading} title=${t.title} /><${Empty} title=${t.noSuch}><a class="button" href="/wallets">${t.toWallets}</a></${Empty}>`;
  return html`<${Loaded} of=${wallet}>${now => html`<${Shown} wallet=${now} again=${wallet.again} />`}</${Loaded}>`;
}

function Shown({ wallet: told, again }) {
  const said = useSignal(null);
  const adding = useSignal(false);
  const sync = useSync(told.id);
  const balances = useBalances(told.id);
  const wallet = { ...told, ...said.value && { label: said.value.label, tags: said.value.tags } };
  const writes = may('wallets:write');
  const change = async changes => { said.value = await api.patch(`/wallets/${wallet.id}`, changes); };
  const changed = () => { for (const later of [0, 800, 3000]) setTimeout(() => { again(); sync.again(); balances.again(); }, later); };
  const add = () => { adding.value = true; };
  const held = balances.data;

  return html`<${Heading} title=${wallet.label}>
      <div class="bar head-bar">${writes && html`<button type="button" class="main" onClick=${add}>${t.addAddress}</button><${SyncActions}
        wallet=${wallet} sync=${sync} also=${balances.again} />`}</div>
    </${Heading}>
    <div class="stack">
      <${Card}>
        <div class="total">
          <div>
            <${Loaded} of=${balances}>${of => html`<p class="figure"><${Whole} of=${of} /></p>
              <p class="small muted"><${Badge} of=${of.status} /> ${of.value.unpriced > 0 && t.withoutPrice(of.value.unpriced)}</p>
              <${AsOf} at=${asOf(of)} />`}</${Loaded}>
          </div>
          <div>
            <p><${InPlace} text=${wallet.label} what=${t.editLabel(wallet.label)} may=${writes}
              save=${label => change({ label })}>
              <span class="muted small">${t.rename}</span></${InPlace}></p>
            <p><${Tags} tags=${wallet.tags} what=${wallet.label} may=${writes} save=${tags => change({ tags })} /></p>
          </div>
        </div>
        <${Loaded} of=${sync}>${of => html`<${SyncState} of=${of} label=${wallet.label} />`}</${Loaded}>
        <nav class="links" aria-label=${t.links}>
          <a href=${addressFor('/transactions', { wallet: wallet.id })}>${t.transactions}</a>
          <a href=${addressFor('/deposits', { wallet: wallet.id })}>${t.deposits}</a>
          <a href=${api.address(`/wallets/${wallet.id}/statement`, { currency: currency.value })} target="_blank">${t.statement}</a>
          <a href=${api.address(`/wallets/${wallet.id}/transactions.csv`, { currency: currency.value })} download>${t.csv}</a>
        </nav>
      </${Card}>
      <${Card} title=${t.balances}><${Loaded} of=${balances}>${of => html`<${Balances} held=${of} label=${wallet.label} />`}</${Loaded}></${Card}>
      <${Card} title=${t.addressList}><${Addresses} wallet=${wallet} /></${Card}>
      <${Sources} wallet=${wallet} add=${add} changed=${changed} />
      <${Later} title=${t.suggested}>${() => html`<${Suggested} wallet=${wallet} changed=${changed} />`}</${Later}>
      <${Later} title=${t.runs}>${() => html`<${Runs} wallet=${wallet} />`}</${Later}>
      ${writes && html`<div class="bar"><${Sure} title=${t.removeTitle(wallet.label)} ask=${t.removeThis} word=${t.remove}
        says=${t.removeWallet(wallet.addressCount)} class="danger" what=${async () => { await api.delete(`/wallets/${wallet.id}`); go('/wallets'); }} /></div>`}
    </div>
    ${adding.value && html`<${Dialog} title=${t.addTo(wallet.label)} close=${() => { adding.value = false; }}>
      <${AddForm} walletId=${wallet.id} done=${() => { adding.value = false; changed(); }} /></${Dialog}>`}`;
}

/** Asked for only when somebody opens it. */
function Later({ title, children }) {
  const open = useSignal(false);
  return html`<details class="card"
    onToggle=${e => { open.value = e.currentTarget.open; }}><summary><h2>${title}</h2></summary>${open.value && children()}</details>`;
}
