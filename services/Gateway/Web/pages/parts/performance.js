// Three returns of a range, each with its formula and with what went into it.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { query } from '../../lib/route.js';
import { currency } from '../../lib/settings.js';
import { Card, Loaded, Worth } from '../../lib/parts.js';
import { dayText } from '../../lib/time.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Bar, Input, Select, WalletSelect } from './choose.js';
import { Facts, LeftOut, Percent, Provisional, Table } from './figures.js';

const t = pageTexts.reports.performance;

export function Performance({ wallets }) {
  const { from, to, wallet, unpriced } = query.value;
  const answer = useLoad(signal => api.get('/portfolio/performance', { currency: currency.value, from, to, wallet, unpriced }, { signal }),
    [currency.value, from, to, wallet, unpriced]);
  return html`
    <p class="lead">${t.lead}</p>
    <${Bar} label=${pageTexts.transactions.filters}>
      <${WalletSelect} wallets=${wallets} />
      <${Input} name="from" label=${t.from} type="date" /><${Input} name="to" label=${t.to} type="date" />
      <${Select} name="unpriced" label=${t.unpriced} options=${[['exclude', t.exclude]]} all=${t.say} />
    </${Bar}>
    <${Loaded} of=${answer}>${it => html`<div class="stack">
      <p class="as-of">${t.range(dayText(it.from), dayText(it.to))}</p>
      <${Provisional} of=${it.provisional} />
      ${it.gapCount > 0 && html`<div class="notice notice-warn"><p>${t.gaps(it.gapCount)}</p>
        <ul class="small plain-list">${it.gaps.slice(0, 5).map(gap => html`<li key=${gap.asset + gap.from}><span class="mono">
          ${gap.asset}</span> ${t.gap(dayText(gap.from), dayText(gap.to))}</li>`)}</ul>
        <a href="/issues">${t.toIssues}</a></div>`}
      <div class="grid">
        ${['simple', 'moneyWeighted', 'timeWeighted'].map(name => html`<${Return} key=${name} of=${it[name]} title=${t.returns[name].title}
          says=${t.returns[name].says} />`)}
        <${Card} title=${t.inputs} class="wide"><${Facts} of=${[
          [t.opening, html`<${Worth} of=${it.opening} why=${pageTexts.reports.unknown} />`],
            [t.in, html`<${Worth} of=${it.in} why=${pageTexts.reports.unknown} />`],
              [t.out, html`<${Worth} of=${it.out} why=${pageTexts.reports.unknown} />`],
          [t.costs, html`<${Worth} of=${it.costs} why=${pageTexts.reports.unknown} />`],
            [t.closing, html`<${Worth} of=${it.closing} why=${pageTexts.reports.unknown} />`],
        ]} />
        ${it.flows.length > 0 && html`<details><summary>${t.flows(it.flowDays)}</summary>
          <${Table} caption=${t.flows(it.flowDays)} columns=${[[t.day], [t.in, 'right'], [t.out, 'right']]}>
            ${it.flows.map(flow => html`<tr key=${flow.day}>
            <th scope="row">${dayText(flow.day)}</th><td class="right"><${Worth} of=${flow.in} /></td><td class="right">
              <${Worth} of=${flow.out} /></td></tr>`)}</${Table}></details>`}
        <${LeftOut} assets=${it.leftOut} /></${Card}>
      </div>
    </div>`}</${Loaded}>`;
}

const Return = ({ of, title, says }) => html`<${Card} title=${title}>
  <p class="figure">${of.percent === null ? '—' : html`<${Percent} of=${of.percent} />`}</p>
  ${of.annualPercent && html`<p><${Percent} of=${of.annualPercent} /> ${t.byYear}</p>`}
  ${of.reason && html`<p class="notice">${of.reason}</p>`}
  <p class="muted small">${says}</p>
  <details open><summary>${t.formula}</summary><p class="small">${of.formula}</p></details>
</${Card}>`;
