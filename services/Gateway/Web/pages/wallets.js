// All wallets, each with what it is worth, whether that is right, and its addresses below it.
import { html, useEffect, useSignal } from '../lib/html.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { onEvent } from '../lib/stream.js';
import { currency } from '../lib/settings.js';
import { filter, query } from '../lib/route.js';
import { may } from '../lib/session.js';
import { AsOf, Badge, Dialog, Empty, Field, Heading, Loaded, Refused } from '../lib/parts.js';
import { texts } from '../lib/texts.js';
import { walletTexts } from '../lib/texts.wallets.js';
import { AddForm } from './parts/add.js';
import { Addresses } from './parts/addresses.js';
import { InPlace, Tags } from './parts/inplace.js';
import { Whole } from './parts/balances.js';
import { SyncActions, SyncState, told, useSync } from './parts/syncing.js';
import { Sure } from './parts/act.js';

const t = walletTexts.wallets;
const size = 25;

export default function Wallets() {
  const tag = query.value.tag ?? '';
  const shown = useSignal(size);
  const adding = useSignal(null);
  const list = useLoad(signal => api.get('/wallets', { tag, limit: 200 }, { signal }), [tag], { events: ['sync_completed'] });
  const held = useLoad(signal => api.get('/portfolio', { currency: currency.value }, { signal })
    .then(portfolio => new Map(portfolio.byWallet.map(each => [each.walletId, each]))), [currency.value],
  { events: ['balance_changed', 'sync_progress', 'sync_completed', 'balance_mismatch'] });
  const tags = useSignal([]);
  const said = useSignal({});
  // The tags to choose from are those of all wallets, also while one of them is chosen.
  useEffect(() => {
    if (!list.data) return;
    const seen = list.data.data.flatMap(each => each.tags);
    tags.value = [...new Set([...tags.value, ...seen, ...(tag ? [tag] : [])])].sort();
  }, [list.data]);

  const change = async (wallet, changes) => {
    const now = await api.patch(`/wallets/${wallet.id}`, changes);
    said.value = { ...said.value, [wallet.id]: now };
  };
  const remove = async wallet => {
    await api.delete(`/wallets/${wallet.id}`);
    said.value = { ...said.value, [wallet.id]: { gone: true } };
  };
  const added = () => {
    adding.value = null;
    for (const later of [0, 800, 3000]) setTimeout(() => { list.again(); held.again(); }, later);
  };

  return html`<${Heading} title=${t.title}>
      ${may('wallets:write') && html`<button type="button" class="main" onClick=${() => { adding.value = {}; }}>${t.add}</button>`}
    </${Heading}>
    ${tags.value.length > 0 && html`<div class="bar"><${Field} id="tag" label=${t.tag}>
      <select id="tag" value=${tag} onChange=${e => filter({ tag: e.currentTarget.value })}>
        <option value="">${t.allTags}</option>${tags.value.map(each => html`<option value=${each} selected=${each === tag}>${each}</option>`)}
      </select></${Field}></div>`}
    <${Loaded} of=${list}>${page => {
      const wallets = page.data.map(each => ({ ...each, ...said.value[each.id], addressCount: each.addressCount })).filter(each => !each.gone);
      if (wallets.length === 0) return tag ? html`<${Empty} title=${t.noneWithTag(tag)} />`
        : html`<${Empty} title=${t.none} lead=${t.noneLead}><a class="button main" href="/welcome">${t.add}</a></${Empty}>`;
      return html`<ul class="stack">${wallets.slice(0, shown.value).map(each => html`
        <${Wallet} key=${each.id} wallet=${each} held=${held.data?.get(each.id)} values=${held} only=${wallets.length === 1} change=${change} remove=${remove}
          add=${() => { adding.value = each; }} />`)}</ul>
        ${wallets.length > shown.value && html`<div class="bar pages"><button type="button"
          onClick=${() => { shown.value += size; }}>${texts.common.more}</button></div>`}`;
    }}</${Loaded}>
    ${adding.value && html`<${Dialog} title=${adding.value.id ? t.addTo(adding.value.label) : t.add} close=${() => { adding.value = null; }}>
      <${AddForm} walletId=${adding.value.id} done=${added} /></${Dialog}>`}`;
}

// All that is well with a wallet is known of the list; how its reading goes is asked where it goes on, or may.
const settled = ['empty', 'verified', 'explained', 'mismatch'];

function Wallet({ wallet, held, values, only, change, remove, add }) {
  const open = useSignal(only);
  const watched = useSignal(false);
  const sync = useSync(wallet.id, 1, watched.value || !!held && (!settled.includes(held.status) || !!held.staleSince));
  const watch = () => { watched.value = true; sync.again(); };
  useEffect(() => onEvent(told, event => { if (event.walletId === wallet.id) watched.value = true; }), [wallet.id]);
  const writes = may('wallets:write');
  return html`<li class="card wallet">
    <div class="wallet-head">
      <div class="name">
        <h2><${InPlace} text=${wallet.label} what=${t.editLabel(wallet.label)} may=${writes} save=${label => change(wallet, { label })}>
          <a href=${`/wallets/${wallet.id}`}>${wallet.label}</a></${InPlace}></h2>
        <p class="small"><${Tags} tags=${wallet.tags} what=${wallet.label} may=${writes} save=${tags => change(wallet, { tags })} /></p>
      </div>
      <div class="right">
        ${held ? html`<p class="worth"><${Whole} of=${held} /></p>
          <p class="small"><${Badge} of=${held.status} title=${t.verdict[held.status]} />${held.value.unpriced > 0 && html` <span
            class="muted">${t.withoutPrice(held.value.unpriced)}</span>`}</p>
          <${AsOf} at=${held.asOf} />` : html`<span
            class="muted small">${values.problem ? values.problem.message : values.data ? t.unknownYet : texts.common.loading}</span>`}
      </div>
    </div>
    ${sync.data && html`<${SyncState} of=${sync.data} label=${wallet.label} brief />`}
    ${sync.problem && !sync.data && html`<${Refused} problem=${sync.problem} again=${sync.again} />`}
    <div class="bar">
      <button type="button" aria-expanded=${open.value ? 'true' : 'false'} aria-label=${`${t.addresses(wallet.addressCount)}: ${wallet.label}`}
        onClick=${() => { open.value = !open.value; }}><span
          aria-hidden="true">${open.value ? '▾' : '▸'}</span> ${t.addresses(wallet.addressCount)}</button>
      ${writes && html`<button type="button" onClick=${add} aria-label=${`${t.addAddress}: ${wallet.label}`}>${t.addAddress}</button>
        <${SyncActions} wallet=${wallet} sync=${{ data: sync.data, again: watch }} also=${values.again} />
        <${Sure} title=${t.removeTitle(wallet.label)} word=${t.remove} says=${t.removeWallet(wallet.addressCount)} class="danger"
          what=${() => remove(wallet)} />`}
    </div>
    ${open.value && html`<${Addresses} wallet=${wallet} />`}
  </li>`;
}
