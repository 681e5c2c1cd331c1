import { html, useEffect, useMemo, useRef, useSignal } from '../lib/html.js';
import { api, online } from '../lib/api.js';
import { onEvent } from '../lib/stream.js';
import { filter, query } from '../lib/route.js';
import { Badge, Coins, Empty, Heading, Loaded, Refused, Rows, Time } from '../lib/parts.js';
import { decimal, readable, signOf, units } from '../lib/money.js';
import { texts } from '../lib/texts.js';
import { pageTexts } from '../lib/texts.more.js';
import { Bar, Input, Select, WalletSelect, useWallets } from './parts/choose.js';
import { useNetworks, networkName } from './parts/known.js';
import { Risk, TransactionDetails } from './parts/transaction.js';

const t = pageTexts.transactions;
const filters = ['wallet', 'network', 'direction', 'from', 'to', 'tag', 'address', 'min'];
const size = 100;

/** Everything that happened, newest first, of which only what is in sight is drawn and only what was scrolled to is read. */
export default function Transactions() {
  const wallets = useWallets();
  return html`<${Heading} title=${t.title} />
    <${Loaded} of=${wallets}>${list => list.length === 0
      ? html`<${Empty} title=${t.nothing} lead=${t.nothingLead}><a class="button main" href="/welcome">${texts.overview.begin}</a></${Empty}>`
      : html`<${Filtered} wallets=${list} />`}</${Loaded}>`;
}

function Filtered({ wallets }) {
  const networks = useNetworks();
  const asked = Object.fromEntries(filters.map(name => [name, query.value[name]]).filter(([, value]) => value));
  const wrong = asked.min && units(asked.min, 30) === null;
  return html`
    <${Bar} label=${t.filters} fold used=${Object.keys(asked).length > 0}>
      <${WalletSelect} wallets=${wallets} all=${t.allWallets} />
      <${Select} name="network" label=${texts.common.network} all=${t.allNetworks} options=${networks.map(each => [each.network, each.name])} />
      <${Select} name="direction" label=${t.direction} all=${t.both} options=${Object.entries(t.directions)} />
      <${Input} name="from" label=${t.fromDay} type="date" />
      <${Input} name="to" label=${t.toDay} type="date" />
      <${Input} name="tag" label=${t.tag} />
      <${Input} name="address" label=${t.address} />
      <${Input} name="min" label=${t.min} inputmode="decimal" aria-invalid=${wrong ? 'true' : undefined} />
      ${Object.keys(asked).length > 0 && html`<button type="button" onClick=${() => filter(Object.fromEntries(filters.map(name => [name])))}>
        ${t.clear}</button>`}
    </${Bar}>
    ${wrong ? html`<p class="wrong" role="alert">${t.minWrong}</p>`
      : html`<${List} key=${JSON.stringify(asked)} asked=${asked} wallets=${wallets} />`}`;
}

/** The list as the API has it, page by page. */
function pages({ wallet, network, direction, from, to, tag, address, min }, signal) {
  // What leaves out transactions has to be read to be counted.
  const counted = !direction && !from && !to && !tag && !min;
  let cursor;
  const list = {
    more: true, total: null,
    async next() {
      const page = await api.get('/transactions', {
        wallet, network, direction, from, to, tag, search: address, minCoins: min && decimal(units(min, 30), 30),
        include: `pending,orphaned${counted && !cursor ? ',total' : ''}`, limit: size, cursor,
      }, { signal });
      [cursor, list.more, list.total] = [page.next, page.hasMore, page.total ?? list.total];
      return page.data.map(each => ({ ...each, key: `${each.network} ${each.txid} ${each.addressId} ${each.asset}` }));
    },
  };
  return list;
}

function List({ asked, wallets }) {
  const items = useSignal([]);
  const state = useSignal({ busy: true });
  const fresh = useSignal(false);
  const open = useSignal(null);
  const source = useRef(null);
  const abort = useRef(null);
  const labels = useMemo(() => new Map(wallets.map(each => [each.id, each.label])), [wallets]);

  // A row that is there already is not compared again while one scrolls.
  const row = useMemo(() => {
    const made = new WeakMap();
    return item => made.get(item) ?? made.set(item, html`<${Row} item=${item} wallet=${labels.get(item.walletId)} open=${open} />`).get(item);
  }, [labels]);

  const read = async (from, before) => {
    const mine = source.current;
    state.value = { ...state.value, busy: true, problem: null };
    try {
      const more = await from.next();
      if (mine !== source.current) return;
      // One that left the mempool while one read on is there again.
      const known = new Set(before.map(each => each.key));
      items.value = [...before, ...more.filter(each => !known.has(each.key))];
      state.value = { busy: false, more: from.more, total: from.total, at: state.value.at ?? new Date().toISOString() };
    } catch (problem) {
      if (problem.name !== 'AbortError' && mine === source.current) state.value = { ...state.value, busy: false, problem };
    }
  };
  const begin = () => {
    abort.current?.abort();
    abort.current = new AbortController();
    source.current = pages(asked, abort.current.signal);
    [fresh.value, state.value] = [false, { busy: true }];
    return read(source.current, []);
  };
  const near = () => { if (!state.value.busy && state.value.more && !state.value.problem) read(source.current, items.value); };
  useEffect(() => { begin(); return () => abort.current?.abort(); }, []);
  useEffect(() => { if (online.value && state.value.problem) near(); }, [online.value]);
  // A list that was scrolled does not jump under the reader's eyes.
  useEffect(() => onEvent(['deposit_update', 'deposit_completed', 'deposit_orphaned', 'deposit_replaced', 'deposit_dropped', 'balance_changed',
    'sync_completed', 'reset'], () => {
    if (items.value.length <= size && !open.value) begin();
    else fresh.value = true;
  }), []);

  const now = state.value;
  const filtered = Object.keys(asked).length > 0;
  return html`
    <div class="list-state" role="status">
      <p class="as-of">${!now.total && now.more ? t.countSoFar(number(items.value.length))
        : t.count(number(now.total ?? items.value.length))} ${' · '}
        ${now.at && html`${texts.common.asOf('')}<${Time} at=${now.at} />`}</p>
      ${fresh.value && html`<button type="button" onClick=${begin}>${t.fresh}</button>`}
    </div>
    ${now.problem && html`<${Refused} problem=${now.problem} again=${() => items.value.length ? read(source.current, items.value) : begin()} />`}
    ${items.value.length > 0 ? html`<${Rows} items=${items.value} height=${60} label=${t.title} near=${near}
      total=${now.total ?? (now.more ? -1 : items.value.length)}
        columns=${columns} row=${row} />`
      : now.busy ? html`<p class="loading">${texts.common.loading}</p>`
      : !now.problem && html`<${Empty} title=${filtered ? t.noneFits : t.nothing} lead=${filtered ? t.noneFitsLead : t.nothingYet}>
        ${filtered ? html`<button type="button" onClick=${() => filter(Object.fromEntries(filters.map(name => [name])))}>${t.clear}</button>`
          : html`<a class="button" href="/wallets">${t.toWallets}</a>`}</${Empty}>`}
    ${open.value && html`<${TransactionDetails} key=${open.value.txid} of=${open.value} open=${it => { open.value = it; }}
      close=${() => { open.value = null; }}
      saidNow=${said => { items.value = items.value.map(each => each.txid === open.value.txid && each.network === open.value.network
        ? { ...each, said } : each); }} />`}`;
}

const columns = [
  { title: t.what, class: 'col-what' }, { title: texts.common.amount, class: 'right col-amount' }, { title: t.mine, class: 'wide-only col-mine' },
  { title: t.fee, class: 'right wide-only col-fee' }, { title: t.words, class: 'wide-only' }, { title: texts.common.status,
    class: 'wide-only col-small' },
];

const number = n => readable(String(n));
const short = text => text.length > 18 ? `${text.slice(0, 8)}…${text.slice(-6)}` : text;

function Row({ item, wallet, open }) {
  const others = (item.direction === 'in' ? item.from : item.to).filter(each => each.address && each.address !== item.address);
  const first = others[0] && (others[0].label ?? short(others[0].address));
  const more = new Set(others.map(each => each.address)).size - 1;
  const undone = ['orphaned', 'replaced', 'dropped'].includes(item.status);
  const what = item.said?.label || (item.coinbase ? t.mined : t.saysWhat[item.direction](first, more));
  return html`
    <td class="what"><button type="button" class="plain link" onClick=${() => { open.value = item; }} title=${t.open(item.txid)}>${what}</button>
      <span class="meta small muted"><${Risk} of=${item.risk} />
        ${item.status !== 'confirmed' && html`<span class="narrow-only"><${Badge} of=${item.status} /></span>`}
        <span class="wide-only"><${Time} at=${item.time} /></span><span class="narrow-only ellipsis"><${Time} at=${item.time} near /></span></span></td>
    <td class=${`right${undone ? ' undone' : ''}`}><span class=${signOf(item.result.amount) > 0 ? 'up' : ''}>
      <${Coins} of=${item.result} signed=${signOf(item.result.amount) !== 0} /></span>
      ${item.balance && html`<span class="block small muted wide-only">${t.then} <${Coins} of=${item.balance} />
        ${item.provisional && `, ${t.provisional}`}</span>`}</td>
    <td class="wide-only">${item.label ?? html`<span class="mono" title=${item.address}>${short(item.address)}</span>`}
      <span class="block small muted">${wallet && `${wallet} · `}${networkName(item.network)}</span></td>
    <td class="right wide-only small wrap">${item.direction === 'in' ? html`<span class="muted">${texts.common.none}</span>`
      : html`<${Coins} of=${item.fee} />`}</td>
    <td class="wide-only">${item.said?.tags.map(tag => html`<span class="tag" key=${tag}>${tag}</span> `)}
      ${item.said?.note && html`<span class="block small muted ellipsis" title=${item.said.note}>${item.said.note}</span>`}</td>
    <td class="wide-only"><${Badge} of=${item.status} title=${item.replacedBy ? `${t.replacedBy} ${item.replacedBy}` : undefined} /></td>`;
}
