// What providers were asked, what is left of their budgets, and what the month comes to.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { AsOf, Card, Loaded, Time } from '../../lib/parts.js';
import { readable } from '../../lib/money.js';
import { dayText } from '../../lib/time.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Table } from './figures.js';
import { networkName } from './known.js';

const t = pageTexts.settings.usage;
const n = count => readable(String(count));

export function Usage() {
  const usage = useLoad(signal => api.get('/usage', {}, { signal }));
  return html`<${Loaded} of=${usage}>${it => html`
    <${Card} title=${t.budgets} actions=${html`<button type="button" onClick=${usage.again}>${t.again}</button>`}>
      <${AsOf} at=${it.asOf} />
      ${it.budgets.length === 0 ? html`<p class="muted">${t.noBudgets}</p>`
        : html`<ul class="list">${it.budgets.map(each => html`<${Budget} key=${each.name} of=${each} now=${it.asOf} />`)}</ul>`}
    </${Card}>
    <div class="grid">
      <${Card} title=${t.saved}><p class="muted small">${t.savedLead}</p>
        <${Table} caption=${t.saved} columns=${[[t.what], [t.known, 'right'], [t.asked, 'right wide-only'], [t.share, 'right']]}>
          ${it.hitRates.map(each => html`<tr key=${each.kind}>
          <th scope="row">${t.kinds[each.kind] ?? each.kind}</th><td class="right">${n(each.hits)}</td><td class="right wide-only">
            ${n(each.misses)}</td><td class="right">${Math.floor(each.hitRate * 100)} %</td></tr>`)}</${Table}></${Card}>
      <${Card} title=${t.untrue}>${it.contradictions.length === 0 ? html`<p class="muted">${t.noneUntrue}</p>`
        : html`<ul class="list">${it.contradictions.map(each => html`
        <li key=${each.network + each.provider}><span class="name"><strong>${each.provider}</strong> ${networkName(each.network)}
          <span class="block small muted">${t.agreed(each.lastBy)}</span></span>
          <span class="small">${t.times(each.times)}, <${Time} at=${each.lastAt} near /></span></li>`)}</ul>`}</${Card}>
    </div>
    <${Requests} of=${it.requests} />`}</${Loaded}>`;
}

function Budget({ of, now }) {
  const paused = of.pausedUntil && of.pausedUntil > now;
  return html`<li><span class="name"><strong>${of.name}</strong> ${paused && html`<span class="badge badge-warn">${t.paused}</span>`}
      ${of.month.exceedsBudget && html`<span class="badge badge-bad">${t.exceeds}</span>`}
      <span class="block small muted">${of.perSecond > 0 && t.perSecond(of.perSecond)} ${of.pace !== null && of.pace < of.perSecond
        && t.slower(of.pace)}
        ${paused && html`${of.pauseReason} ${t.until} <${Time} at=${of.pausedUntil} near />`}</span></span>
    <span class="right small">${t.month(n(of.month.used), n(of.month.projected))}
      ${of.month.projectedCost && html`<span class="block">${t.cost(readable(of.month.cost), readable(of.month.projectedCost), of.month.currency)}
        </span>`}</span>
    ${of.windows.map(each => html`<div class="window" key=${each.window}><meter min="0" max=${each.limit} value=${each.used}
      aria-label=${`${of.name}, ${t.windows[each.window] ?? each.window}`}></meter>
      <span class="small muted">${t.windows[each.window] ?? each.window}: ${t.usedOf(n(each.used), n(each.limit))} ${each.roomAt
        && html`${t.roomAt} <${Time} at=${each.roomAt} near />`}</span></div>`)}
  </li>`;
}

/** By day and provider; what was asked for is left to the API. */
function Requests({ of }) {
  const days = new Map();
  for (const each of of) {
    const key = `${each.day} ${each.provider}`;
    const sum = days.get(key) ?? { ...each, requests: 0, refused: 0, failed: 0 };
    for (const name of ['requests', 'refused', 'failed']) sum[name] += each[name];
    days.set(key, sum);
  }
  const rows = [...days.entries()].sort(([a], [b]) => a < b ? 1 : -1).slice(0, 200);
  return html`<${Card} title=${t.requests}>${rows.length === 0 ? html`<p class="muted">${t.noRequests}</p>` : html`
    <${Table} caption=${t.requests} columns=${[[t.provider], [t.day], [t.count, 'right'], [t.refused, 'right wide-only'],
      [t.failed, 'right wide-only']]}>
      ${rows.map(([key, each]) => html`<tr key=${key}><th scope="row">${each.provider}</th><td>${dayText(each.day)}</td><td class="right">
        ${n(each.requests)}</td>
        <td class="right wide-only">${n(each.refused)}</td><td class="right wide-only">${n(each.failed)}</td></tr>`)}</${Table}>`}</${Card}>`;
}
