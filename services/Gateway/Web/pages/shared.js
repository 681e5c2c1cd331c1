import { html, useCallback, useEffect, useMemo, useSignal } from '../lib/html.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { currency, hidden } from '../lib/settings.js';
import { Chart } from '../lib/chart.js';
import { AsOf, Card, Coins, Empty, Heading, Loaded, Time, Worth } from '../lib/parts.js';
import { readable, rounded, value } from '../lib/money.js';
import { dayText, placeOf } from '../lib/time.js';
import { texts } from '../lib/texts.js';
import { pageTexts } from '../lib/texts.more.js';

const t = pageTexts.shared;
// Which others there are, only who is logged in may ask.
const offered = ['USD', 'EUR', 'GBP', 'CHF', 'JPY', 'BTC'];
const networkWord = slug => slug && (slug[0].toUpperCase() + slug.slice(1)).replaceAll('-', ' ');

/** What somebody chose to show by a link. The link's word stands behind the #, which no server sees; it is sent as a header only. */
export default function Shared() {
  const word = useSignal(location.hash.slice(1));
  useEffect(() => {
    const changed = () => { word.value = location.hash.slice(1); };
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  const token = word.value;
  const good = token.startsWith('ws_');
  const share = useLoad(signal => good ? api.get('/shared', { currency: currency.value }, { signal, headers: { Authorization: `Bearer ${token}` } })
    : Promise.resolve(null),
    [token, currency.value]);
  const gone = !good || share.problem?.status === 401 || share.problem?.status === 404 || share.problem?.status === 410;
  if (gone) return html`<div class="alone"><${Heading} title=${t.gone} /><p>${good ? t.goneLead : t.noToken}</p></div>`;
  return html`<${Loaded} of=${share}>${it => it && html`<${View} of=${it} />`}</${Loaded}>`;
}

function View({ of }) {
  const amounts = of.shows === 'amounts';
  return html`<${Heading} title=${of.label}>
      ${amounts && html`<div class="view">
        <label><span class="unseen">${texts.app.currency}</span>
          <select value=${currency.value} onChange=${e => { currency.value = e.currentTarget.value; }}>
          ${[...new Set([currency.value, ...offered])].map(each =>
            html`<option key=${each} value=${each} selected=${each === currency.value}>${each}</option>`)}</select></label>
        <button type="button" aria-pressed=${hidden.value === '1'} onClick=${() => { hidden.value = hidden.value === '1' ? '' : '1'; }}>
          ${texts.app.hide}</button>
      </div>`}
    </${Heading}>
    <div class="stack">
      <div><p class="notice">${t.lead} ${of.expiresAt && html`<span>${t.until} <${Time} at=${of.expiresAt} />.</span>`}</p>
        <${AsOf} at=${of.asOf} /></div>
      ${(amounts || of.history.length > 0) && html`<${Card}>
        ${amounts && html`<p class="small muted">${texts.overview.total}</p><p class="figure"><${Worth} of=${of.value} /></p>`}
        ${of.unpriced > 0 && html`<p class="small muted">${texts.overview.withoutPrice(of.unpriced)}</p>`}
        ${of.history.length > 0 && html`<${Line} of=${of} amounts=${amounts} />`}</${Card}>`}
      <div class="grid">
        <${Part} title=${texts.overview.byCoin} rows=${of.coins.map(each => ({ ...each, name: each.name ? `${each.name} (${each.symbol})`
          : each.symbol, near: networkWord(each.network) }))} amounts=${amounts} />
        ${of.wallets.length > 1 && html`<${Part} title=${texts.overview.byWallet} rows=${of.wallets.map(each => ({ ...each, name: each.label }))}
          amounts=${amounts} />`}
      </div>
      ${!amounts && html`<p class="small muted">${t.percentages}</p>`}
    </div>`;
}

function Part({ title, rows, amounts }) {
  return html`<${Card} title=${title}>${rows.length === 0 ? html`<${Empty} title=${t.empty} />`
    : html`<ul class="list">${rows.map((each, i) => html`<li key=${i}>
    <span class="name">${each.name} ${each.near && html`<span class="small muted">${each.near}</span>`}${amounts && each.amount
      && html`<span class="block small muted"><${Coins} of=${each.amount} /></span>`}</span>
    <span class="right">${amounts && html`<${Worth} of=${each.value} /> `}${each.percent !== null ? html`<span class=${amounts ? 'muted small' : ''}>
      ${readable(each.percent)} %</span>`
      : !amounts && html`<span class="muted">${texts.common.unknownWorth}</span>`}</span>
    ${each.percent !== null && html`<meter min="0" max="100" value=${each.percent} aria-label=${each.name}></meter>`}
  </li>`)}</ul>`}</${Card}>`;
}

function Line({ of, amounts }) {
  const textOf = point => amounts ? point.value?.amount ?? null : point.index;
  const points = useMemo(() => of.history.map(point => {
    const text = textOf(point);
    return { at: placeOf(point.start), value: text === null ? null : Number(text), provisional: false };
  }), [of]);
  const say = useCallback(at => amounts ? hidden.value === '1' ? '•••' : value({ amount: at.toFixed(at >= 100 ? 0 : 2),
    currency: of.currency }).replace(/\.00$/, '')
    : at.toFixed(0), [of, hidden.value]);
  const known = of.history.filter(point => textOf(point) !== null);
  if (known.length === 0) return null;
  const word = point => amounts ? hidden.value === '1' ? texts.common.hiddenAmount : value(point.value) : readable(rounded(point.index, 2));
  const [first, last] = [known[0], known.at(-1)];
  return html`<${Chart} points=${points} say=${say} text=${(amounts ? texts.overview.chartText : t.indexText)(dayText(first.start),
    dayText(last.start), word(first), word(last))} />
    <p class="small muted">${amounts ? texts.overview.chart : t.index(dayText(first.start))} ${known.length < of.history.length
      && texts.overview.gap}</p>`;
}
