// A page of a wallet's addresses with what each holds, how far it is read and what came of comparing it.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { may } from '../../lib/session.js';
import { currency } from '../../lib/settings.js';
import { byValue, signOf, sum } from '../../lib/money.js';
import { Badge, Coins, Empty, Id, Loaded, Progress, Worth } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { walletTexts } from '../../lib/texts.wallets.js';
import { AddressDetails } from './address.js';
import { InPlace } from './inplace.js';
import { networkName } from './known.js';
import { Until, isBusy, useRepeat } from './syncing.js';

const t = walletTexts.wallets;
const size = 50;

/** Three lists in one order, the addresses', put together; `at` says where each of them goes on. */
async function read(walletId, at, signal) {
  const [page, sync] = await Promise.all([
    api.get(`/wallets/${walletId}/addresses`, { limit: size, cursor: at.addresses }, { signal }),
    api.get(`/wallets/${walletId}/sync`, { limit: size, cursor: at.sync }, { signal }),
  ]);
  const last = page.data.at(-1)?.id ?? '';
  const balances = [];
  let here;
  for (let cursor = at.balances; ;) {
    here = cursor;
    const part = await api.get(`/wallets/${walletId}/balances`, { limit: 200, cursor, currency: currency.value }, { signal });
    const left = new Set(part.totals.filter(each => each.leftOut).map(each => each.network + each.asset));
    balances.push(...part.data.map(each => ({ ...each, leftOut: left.has(each.network + each.asset) })));
    if (!part.hasMore || balances.at(-1).addressId > last) break;
    cursor = part.next;
  }

  const progress = new Map(sync.addresses.map(each => [each.addressId, each]));
  return {
    count: sync.addressCount, status: sync.status,
    rows: page.data.map(address => ({
      ...address, progress: progress.get(address.id), balances: balances.filter(each => each.addressId === address.id && each.asset),
    })),
    next: page.hasMore ? { addresses: page.next, sync: sync.next ?? undefined, balances: here } : null,
  };
}

/** What all balances are worth together, and how many of them nobody can value. */
function worthOf(balances) {
  const valued = balances.filter(each => each.value);
  const unknown = balances.filter(each => !each.value && !each.leftOut && !(each.confirmed && signOf(each.confirmed.amount) === 0)).length;
  const amount = valued.reduce((all, each) => sum(all, each.value.amount), '0');
  return { worth: valued.length > 0 ? { amount, currency: currency.value } : null, unknown };
}

export function Addresses({ wallet }) {
  const places = useSignal([{}]);
  const place = places.value.at(-1);
  const said = useSignal({});
  const open = useSignal(null);
  const list = useLoad(signal => read(wallet.id, place, signal), [wallet.id, place, currency.value, wallet.addressCount],
    { events: ['sync_progress', 'sync_waiting', 'sync_completed', 'sync_failed', 'balance_changed', 'balance_mismatch'], wallet: wallet.id });
  useRepeat(list.data && isBusy(list.data.status), list.again);
  const change = async (address, changes) => {
    const now = await api.patch(`/wallets/${wallet.id}/addresses/${address.id}`, changes);
    said.value = { ...said.value, [address.id]: { label: now.label, tags: now.tags } };
  };
  const removed = id => { said.value = { ...said.value, [id]: { gone: true } }; open.value = null; };

  return html`<${Loaded} of=${list}>${page => {
    const rows = page.rows.map(each => ({ ...each, ...said.value[each.id] })).filter(each => !each.gone);
    if (rows.length === 0 && places.value.length === 1) return html`<${Empty} title=${t.noAddress} lead=${t.noAddressLead} />`;
    const first = (places.value.length - 1) * size;
    return html`<div class="scroll"><table class="addresses">
      <caption class="unseen">${t.addressList} ${wallet.label}</caption>
      <thead><tr><th scope="col">${texts.common.address}</th><th scope="col" class="right">${t.holds}</th><th scope="col"
        class="wide-only">${texts.common.tags}</th>
        <th scope="col" class="wide-only">${texts.common.status}</th><th scope="col" class="wide-only"><span class="unseen">
          ${t.more}</span></th></tr></thead>
      <tbody>${rows.map(each => html`<${Row} key=${each.id} of=${each} change=${change} open=${() => { open.value = each.id; }} />`)}</tbody>
    </table></div>
    ${(page.next || first > 0) && html`<div class="bar pages">
      <button type="button" disabled=${first === 0} onClick=${() => { places.value = places.value.slice(0, -1); }}>${t.previous}</button>
      <button type="button" disabled=${!page.next} onClick=${() => { places.value = [...places.value, page.next]; }}>${t.next}</button>
      <span class="muted small">${t.range(first + 1, first + page.rows.length, page.count)}</span>
    </div>`}
    ${open.value && rows.find(each => each.id === open.value) && html`<${AddressDetails} of=${rows.find(each => each.id === open.value)}
      change=${change}
      removed=${removed} close=${() => { open.value = null; }} />`}`;
  }}</${Loaded}>`;
}

function Row({ of, change, open }) {
  const what = of.label ?? of.address;
  return html`<tr>
    <th scope="row">
      <${InPlace} text=${of.label ?? ''} what=${t.editLabel(what)} may=${may('wallets:write')} save=${label => change(of, { label: label || null })}>
        ${of.label ? html`<strong>${of.label}</strong>` : html`<${Id} text=${of.address} keep=${6} />`}</${InPlace}>
      <p class="small muted">${of.label && html`<${Id} text=${of.address} keep=${6} />`} <span class=${of.label ? 'wide-only' : ''}>
        ${networkName(of.network)}</span></p>
    </th>
    <td class="right"><${Holds} of=${of} />
      <div class="narrow-only"><${State} of=${of.progress} what=${what} /> <button type="button" class="small" onClick=${open}
        aria-label=${t.moreOf(what)}>${t.more}</button></div></td>
    <td class="wide-only">${of.tags.map(tag => html`<span class="tag" key=${tag}>${tag}</span> `)}</td>
    <td class="wide-only"><${State} of=${of.progress} what=${what} /></td>
    <td class="wide-only right"><button type="button" class="small" onClick=${open} aria-label=${t.moreOf(what)}>${t.more}</button></td>
  </tr>`;
}

function State({ of, what }) {
  const status = of?.status ?? 'queued';
  const busy = status === 'queued' || status === 'syncing' || status === 'waiting';
  return html`<${Badge} of=${status} title=${t.verdict[status]} />
    ${busy && of && html`<${Progress} percent=${of.percent} label=${t.readingLabel(what)} />
    <span class="small muted"><${Until} of=${of} /></span>`}`;
}

function Holds({ of }) {
  const held = of.balances.filter(each => !each.confirmed || signOf(each.confirmed.amount) !== 0).sort(byValue);
  if (of.balances.length === 0) return html`<span class="muted">${t.unknownYet}</span>`;
  if (held.length === 0) return html`<span class="muted">${t.nothing}</span>`;
  const { worth, unknown } = worthOf(held);
  return html`<${Worth} of=${worth} why=${held.every(each => each.leftOut) ? t.notCounted : undefined} />
    ${worth && unknown > 0 && html` <span class="muted small">(${t.withoutPrice(unknown)})</span>`}
    <br /><span class="small muted">${held[0].confirmed ? html`<${Coins}
      of=${held[0].confirmed} />` : t.unknownYet} ${held.length > 1 && t.otherCoins(held.length - 1)}</span>`;
}
