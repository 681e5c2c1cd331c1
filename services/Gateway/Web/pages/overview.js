import { html, useCallback, useEffect, useMemo, useSignal } from '../lib/html.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { currency, hidden } from '../lib/settings.js';
import { go } from '../lib/route.js';
import { Chart } from '../lib/chart.js';
import { Badge, Card, Coins, Empty, Heading, Loaded, Refused, Time, Worth } from '../lib/parts.js';
import { difference, onAxis, percent, percentText, signOf, value } from '../lib/money.js';
import { dayText, placeOf } from '../lib/time.js';
import { texts } from '../lib/texts.js';

const t = texts.overview;
const days = { month: 30, year: 365 };

/** What one holds, what it is worth, how that came about and what just happened. */
export default function Overview() {
  const portfolio = useLoad(signal => api.get('/portfolio', { currency: currency.value }, { signal }), [currency.value],
    { events: ['balance_changed', 'sync_completed', 'balance_mismatch'] });
  const deposits = useLoad(signal => api.get('/deposits', { limit: 6 }, { signal }), [],
    { events: ['deposit_update', 'deposit_completed', 'deposit_orphaned', 'confirmation_update'] });
  useEffect(() => { if (portfolio.data?.status === 'empty') go('/welcome'); }, [portfolio.data?.status]);

  return html`<${Heading} title=${t.title} />
    <${Loaded} of=${portfolio}>${held => html`
      <div class="grid">
        <${Total} held=${held} />
        <${Card} title=${t.byCoin}><${Shares} parts=${held.byCoin.map(each => ({ name: each.symbol, value: each.value }))} whole=${held.value} /></${Card}>
        <${Card} title=${t.byNetwork}><${Shares} parts=${held.byNetwork.map(each => ({ name: each.network, value: each.value }))} whole=${held.value} /></${Card}>
        <${Card} title=${t.byWallet}><${Shares} parts=${held.byWallet.map(each => ({ name: each.label, href: `/wallets/${each.walletId}`, value: each.value }))} whole=${held.value} /></${Card}>
        <${Card} title=${t.latest}><${Loaded} of=${deposits}>${page => page.data.length === 0 ? html`<${Empty} title=${t.nothingHappened} />` : html`
          <ul class="list">${page.data.map(deposit => html`<li key=${deposit.id}>
            <span><${Coins} of=${deposit.amount} signed /> <${Badge} of=${deposit.status} /></span>
            <span class="muted small"><${Time} at=${deposit.firstSeenAt} near /></span>
          </li>`)}</ul>`}</${Loaded}></${Card}>
      </div>`}</${Loaded}>`;
}

function Total({ held }) {
  const range = useSignal('year');
  const history = useLoad(signal => {
    const from = days[range.value] ? new Date(Date.now() - days[range.value] * 86_400_000).toISOString().slice(0, 10) : undefined;
    const interval = range.value === 'all' ? 'week' : 'day';
    return api.get('/portfolio/history', { currency: currency.value, from, interval }, { signal });
  }, [range.value, currency.value, held.at]);
  const worth = held.value.value ?? held.value.priced;
  const first = history.data?.points.find(point => point.value);
  const change = first && worth && { amount: difference(worth.amount, first.value.amount), currency: worth.currency };
  return html`<${Card} class="wide">
    <div class="total">
      <div>
        <h2 class="small muted">${t.total}</h2>
        <p class="figure"><${Worth} of=${worth} /></p>
        ${change && html`<p class=${signOf(change.amount) < 0 ? 'down' : 'up'}>
          ${hidden.value === '1' ? '' : t.change(`${signOf(change.amount) > 0 ? '+' : ''}${value(change)}`, ofIt(change, first.value))} <span class="muted">${t.since(dayText(first.start))}</span></p>`}
        <p class="small muted"><${Badge} of=${held.status} /> ${held.pricesFrom && html`${t.priceAge('')}<${Time} at=${held.pricesFrom} near />`}</p>
        ${held.value.unpriced > 0 && html`<p class="small"><a href="/issues">${t.withoutPrice(held.value.unpriced)}</a></p>`}
        ${held.value.unknown > 0 && html`<p class="small muted">${t.notComplete}</p>`}
      </div>
      <div class="choice" role="group" aria-label=${t.chart}>${Object.entries(t.ranges).map(([name, title]) => html`
        <button type="button" aria-pressed=${range.value === name} onClick=${() => { range.value = name; }}>${title}</button>`)}</div>
    </div>
    ${history.problem && html`<${Refused} problem=${history.problem} again=${history.again} />`}
    ${history.data?.points.length > 0 && html`<${Line} history=${history.data} />`}
  </${Card}>`;
}

const ofIt = (change, before) => {
  const share = percent(change.amount, before.amount);
  return share === null ? null : percentText(share);
};

function Line({ history }) {
  const points = useMemo(() => history.points.map(point => ({
    at: placeOf(point.start), value: point.value ? Number(point.value.amount) : null, provisional: point.provisional,
  })), [history]);
  const say = useCallback(number => hidden.value === '1' ? '•••' : onAxis(number, history.currency), [history.currency, hidden.value]);
  const known = history.points.filter(point => point.value);
  if (known.length === 0) return null;
  const [first, last] = [known[0], known.at(-1)];
  return html`<${Chart} points=${points} say=${say}
      text=${t.chartText(dayText(first.start), dayText(last.start), hidden.value === '1' ? '…' : value(first.value), hidden.value === '1' ? '…' : value(last.value))} />
    <p class="small muted">${[history.points.some(point => point.provisional) && t.provisional, history.gaps.length > 0 && t.gap].filter(Boolean).join('; ')}</p>`;
}

function Shares({ parts, whole }) {
  const total = whole.value ?? whole.priced;
  return html`<ul class="list">${parts.map(part => {
    const worth = part.value.value ?? part.value.priced;
    const share = worth && total ? percent(worth.amount, total.amount) : null;
    return html`<li key=${part.name}>
      <span class="name">${part.href ? html`<a href=${part.href}>${part.name}</a>` : part.name}</span>
      <span class="right"><${Worth} of=${part.value.value ?? (part.value.unpriced ? null : worth)} />${share !== null && html` <span class="muted small">${percentText(share)}</span>`}</span>
      ${share !== null && html`<meter min="0" max="100" value=${share} aria-label=${part.name}></meter>`}
    </li>`;
  })}</ul>`;
}
