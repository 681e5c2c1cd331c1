// What arrives, from the moment the network knows of it until it is final, or is not to come.
import { html, useEffect, useSignal } from '../lib/html.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { onEvent, streaming } from '../lib/stream.js';
import { filter, query } from '../lib/route.js';
import { hidden } from '../lib/settings.js';
import { coins } from '../lib/money.js';
import { Badge, Coins, Empty, Heading, Id, Loaded, Progress, Refused, Time } from '../lib/parts.js';
import { texts } from '../lib/texts.js';
import { pageTexts } from '../lib/texts.more.js';
import { DepositDetails, etaOf } from './parts/deposit.js';
import { DepositFilters, clearFilters, known } from './parts/depositfilters.js';
import { networkName, useNetworks } from './parts/known.js';

const t = pageTexts.deposits;
const told = ['deposit_update', 'confirmation_update', 'deposit_completed', 'deposit_orphaned', 'deposit_replaced', 'deposit_dropped'];

export default function Deposits() {
  const filters = Object.fromEntries(known.filter(each => query.value[each]).map(each => [each, query.value[each]]));
  const key = JSON.stringify(filters);
  const first = useLoad(signal => api.get('/deposits', { ...filters, limit: 50 }, { signal }), [key], { events: told });
  const wallets = useLoad(signal => api.get('/wallets', { limit: 200 }, { signal }).then(page => page.data), []);
  const older = useSignal({ data: [], next: null });
  const wrong = useSignal(null);
  const news = useSignal('');

  useEffect(() => { older.value = { data: [], next: null }; }, [key]);
  // The newest page is asked for anew; of what is further back the message itself says all.
  useEffect(() => onEvent(told, ({ data, walletId, type }) => {
    if (!data?.depositId) return;
    older.value = { ...older.value, data: older.value.data.map(each => each.id === data.depositId ? { ...each, ...data, id: each.id } : each) };
    if (type !== 'confirmation_update' && (!filters.wallet || filters.wallet === walletId))
      news.value = t.arrived(hidden.value === '1' || !data.amount ? null : coins(data.amount), texts.status[data.status]);
  }), [key]);

  const page = first.data;
  const fresh = new Set(page?.data.map(each => each.id));
  const shown = page ? [...page.data, ...older.value.data.filter(each => !fresh.has(each.id))] : [];

  const more = async () => {
    wrong.value = null;
    try {
      const next = await api.get('/deposits', { ...filters, limit: 50, cursor: older.value.next ?? page.next });
      older.value = { data: [...older.value.data, ...next.data], next: next.hasMore ? next.next : null, ended: !next.hasMore };
    } catch (e) {
      wrong.value = e;
    }
  };

  const nameOf = deposit => wallets.data?.find(each => each.id === deposit.walletId)?.label;
  const isFiltered = Object.keys(filters).length > 0;
  return html`<${Heading} title=${t.title}>${streaming.value === 'live' && html`<span class="badge badge-verified">● ${t.live}</span>`}</${Heading}>
    <p class="muted lead">${t.lead}</p>
    <p class="unseen" role="status">${news.value}</p>
    <${DepositFilters} filters=${filters} wallets=${wallets.data ?? []} />
    <${Loaded} of=${first}>${() => shown.length === 0
      ? html`<div class="card">${isFiltered ? html`<${Empty} title=${t.noneFiltered}><button type="button"
        onClick=${clearFilters}>${t.clear}</button></${Empty}>`
        : html`<${Empty} title=${t.none} lead=${t.noneLead}><a class="button main" href="/welcome">${t.addAddress}</a></${Empty}>`}</div>`
      : html`<div class="card"><table class="deposits">
        <caption class="unseen">${t.title}</caption>
        <thead><tr><th scope="col">${texts.common.amount}</th><th scope="col">${texts.common.status}</th><th scope="col"
          class="wide-only">${texts.common.wallet}</th>
          <th scope="col" class="wide-only">${t.seen}</th><th scope="col" class="wide-only"><span class="unseen">${t.details}</span></th></tr></thead>
        <tbody>${shown.map(each => html`<${Row} key=${each.id} of=${each} wallet=${nameOf(each)} />`)}</tbody>
      </table></div>`}</${Loaded}>
    ${wrong.value && html`<${Refused} problem=${wrong.value} again=${more} />`}
    ${page?.hasMore && !older.value.ended && html`<div class="bar pages"><button type="button" onClick=${more}>${t.older}</button></div>`}
    ${query.value.deposit && html`<${DepositDetails} key=${query.value.deposit} id=${query.value.deposit} nameOf=${nameOf} events=${told}
      close=${() => filter({ deposit: undefined })} />`}`;
}

function Row({ of, wallet }) {
  const undone = of.status === 'orphaned' || of.status === 'replaced' || of.status === 'dropped';
  const eta = etaOf(of, useNetworks());
  const details = html`<button type="button" class="small" onClick=${() => filter({ deposit: of.id })}
    aria-label=${t.detailsOf + (hidden.value === '1' ? of.amount.symbol : coins(of.amount))}>${t.details}</button>`;
  return html`<tr class=${undone ? 'undone' : ''}>
    <th scope="row"><strong><${Coins} of=${of.amount} signed /></strong> <span class="small muted">${networkName(of.network)}</span>
      <span class="narrow-only small muted"><br />${of.label ?? wallet} · <${Time} at=${of.firstSeenAt} near /></span></th>
    <td><${Badge} of=${of.status} title=${t.says[of.status]} />
      ${(of.status === 'processing' || of.status === 'pending') && html`<span
        class="small muted"> ${t.counted(of.confirmations, of.required)}${eta && html`, ${t.about}<${Time} at=${eta} near />`}</span>
        <${Progress} percent=${Math.floor(of.confirmations * 100 / of.required)} label=${t.confirmations} />`}
      ${undone && html`<p class="small">${t.says[of.status]} ${of.replacedBy && html`${t.replacedBy} <${Id} text=${of.replacedBy}
        keep=${5} />`}</p>`}
      <div class="narrow-only">${details}</div></td>
    <td class="wide-only"><a href=${`/wallets/${of.walletId}`}>${wallet ?? texts.common.wallet}</a><br />
      <span class="small muted">${of.label ?? html`<${Id} text=${of.address} />`}</span></td>
    <td class="wide-only"><${Time} at=${of.firstSeenAt} near /></td>
    <td class="wide-only right">${details}</td>
  </tr>`;
}
