// A year's gains lot by lot, by the rules that one chooses.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { query } from '../../lib/route.js';
import { currency } from '../../lib/settings.js';
import { AsOf, Card, Coins, Id, Loaded, Refused, Time, Worth } from '../../lib/parts.js';
import { utcDayText } from '../../lib/time.js';
import { sum } from '../../lib/money.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { useAct } from './act.js';
import { Bar, Input, Select, WalletSelect } from './choose.js';
import { Asset, Gain, LeftOut, Provisional, Table } from './figures.js';

const t = pageTexts.reports.gains;
const rules = ['year', 'method', 'scope', 'transferFee', 'longTermDays', 'unpriced', 'wallet'];

export function Gains({ wallets }) {
  const asked = { currency: currency.value, ...Object.fromEntries(rules.map(name => [name, query.value[name]])) };
  const answer = useLoad(async signal => ({ at: new Date().toISOString(), ...await api.get('/portfolio/gains', { ...asked, limit: 50 },
    { signal }) }), [JSON.stringify(asked)]);
  const now = new Date().getUTCFullYear();
  const years = Array.from({ length: now - 2008 }, (_, i) => String(now - i));
  return html`
    <p class="lead">${t.lead}</p>
    <${Bar} label=${t.rules}>
      <${Select} name="year" label=${t.year} options=${years.slice(1).map(year => [year, year])} all=${years[0]} />
      <${WalletSelect} wallets=${wallets} />
      <${Select} name="method" label=${t.method} options=${Object.entries(t.methods).filter(([name]) => name !== 'fifo')} all=${t.methods.fifo} />
      <${Select} name="scope" label=${t.scope} options=${[['perWallet', t.perWallet]]} all=${t.universal} />
      <${Select} name="transferFee" label=${t.transferFee} options=${[['addToBasis', t.addToBasis], ['ignore', t.ignore]]} all=${t.disposal} />
      <${Input} name="longTermDays" label=${t.longTermDays} type="number" min="0" max="36500" placeholder="365" />
      <${Select} name="unpriced" label=${t.unpriced} options=${[['zero', t.zero]]} all=${t.say} />
    </${Bar}>
    <div class="bar"><a class="button main" href=${api.address('/portfolio/gains.csv', asked)} download>${t.csv}</a></div>
    <${Loaded} of=${answer}>${it => html`<div class="stack">
      <${AsOf} at=${it.at} />
      <${Provisional} of=${it.provisional} />
      <${Sums} of=${it} />
      <${Income} of=${it} />
      <${Open} of=${it} wallets=${wallets} />
      <${Disposals} key=${JSON.stringify(asked)} of=${it} asked=${asked} />
      <${LeftOut} assets=${it.leftOut} />
      <p class="small muted">${t.noAdvice}</p>
    </div>`}</${Loaded}>`;
}

function Sums({ of }) {
  if (of.sums.length === 0) return html`<${Card} title=${t.sums(of.year)}><p class="muted">${t.noSums(of.year)}</p></${Card}>`;
  const total = of.sums.every(each => each.gain) ? { amount: of.sums.reduce((all, each) => sum(all, each.gain.amount), '0'), currency: of.currency }
    : null;
  const missing = of.sums.reduce((all, each) => all + each.incomplete, 0);
  return html`<${Card} title=${t.sums(of.year)}>
    <p class="figure"><${Gain} of=${total} why=${t.notWhole} /></p>
    ${missing > 0 && html`<p class="notice notice-warn">${t.missing(missing)} <a href="/issues">${t.toIssues}</a></p>`}
    <${Table} caption=${t.sums(of.year)} columns=${[[texts.common.asset], [t.kind, 'wide-only'], [t.term, 'wide-only'],
      [t.quantity, 'right wide-only'],
      [t.proceeds, 'right wide-only'], [t.cost, 'right wide-only'], [t.gain, 'right']]}>
      ${of.sums.map(each => html`<tr key=${each.asset + each.kind + each.term}>
        <${Asset} of=${each.quantity.symbol} network=${each.network} /><td class="wide-only">${t.kinds[each.kind]}</td><td class="wide-only">
          ${t.terms[each.term]}</td>
        <td class="right wide-only"><${Coins} of=${each.quantity} /></td><td class="right wide-only"><${Worth} of=${each.proceeds} /></td>
        <td class="right wide-only"><${Worth} of=${each.cost} why=${t.costUnknown} /></td>
        <td class="right"><${Gain} of=${each.gain} why=${t.incomplete(each.incomplete)} /></td></tr>`)}</${Table}>
  </${Card}>`;
}

const Income = ({ of }) => (of.income.length > 0 || of.ignoredFees.length > 0) && html`<${Card} title=${t.income}>
  <${Table} caption=${t.income} columns=${[[texts.common.asset], [t.kind], [t.quantity, 'right'], [texts.common.value, 'right']]}>
    ${of.income.map(each => html`<tr key=${each.asset}><${Asset} of=${each.quantity.symbol} network=${each.network} /><td>${t.mined(each.times)}</td>
      <td class="right"><${Coins} of=${each.quantity} /></td><td class="right"><${Worth} of=${each.value} /></td></tr>`)}
    ${of.ignoredFees.map(each => html`<tr key=${`fee ${each.asset}`}><${Asset} of=${each.quantity.symbol} network=${each.network} /><td>
      ${t.ignored}</td>
      <td class="right"><${Coins} of=${each.quantity} /></td><td class="right"><${Worth} of=${each.cost} /></td></tr>`)}</${Table}></${Card}>`;

const Open = ({ of, wallets }) => of.openLots.length > 0 && html`<${Card} title=${t.open}>
  <${Table} caption=${t.open} columns=${[[texts.common.asset], [t.quantity, 'right'], [t.since, 'wide-only'], [t.cost, 'right wide-only'],
    [texts.common.value, 'right wide-only'], [t.unrealised, 'right']]}>
    ${of.openLots.map(each => html`<tr key=${each.asset + each.walletId}>
      <th scope="row"><strong>${each.quantity.symbol}</strong> <span class="small muted">
        ${wallets.find(wallet => wallet.id === each.walletId)?.label} ${t.lots(each.lots)}</span></th>
      <td class="right"><${Coins} of=${each.quantity} /></td><td class="wide-only">${each.oldest && utcDayText(each.oldest)}</td>
      <td class="right wide-only"><${Worth} of=${each.cost} why=${t.costUnknown} /></td><td class="right wide-only"><${Worth} of=${each.value} /></td>
      <td class="right"><${Gain} of=${each.unrealised} /></td></tr>`)}</${Table}></${Card}>`;

function Disposals({ of, asked }) {
  const more = useSignal({ data: [], next: of.next });
  const act = useAct();
  const rows = [...of.data, ...more.value.data];
  if (rows.length === 0) return null;
  const next = () => act.run(async () => {
    const page = await api.get('/portfolio/gains', { ...asked, limit: 200, cursor: more.value.next });
    more.value = { data: [...more.value.data, ...page.data], next: page.next };
  });
  return html`<${Card} title=${t.disposals}>
    ${rows.map((each, i) => html`<details key=${i} class="line"><summary><span>${utcDayText(each.time)} · ${t.kinds[each.kind]} <${Coins}
      of=${each.quantity} /></span>
      <${Gain} of=${each.gain} why=${each.missing.map(name => t.lacks[name] ?? name).join(', ')} /></summary>
      <p class="small"><${Time} at=${each.time} /> · <${Id} text=${each.txid} /> · ${t.proceeds} <${Worth}
        of=${each.proceeds} /> · ${t.cost} <${Worth} of=${each.cost} why=${t.costUnknown} />
        ${each.basis !== 'known' && html` · <span class="badge badge-warn">${t.bases[each.basis]}</span>`}</p>
      <${Table} caption=${t.lotsOf} columns=${[[t.acquired], [t.quantity, 'right'], [t.proceeds, 'right'], [t.cost, 'right'], [t.gain, 'right'],
        [t.term]]}>
        ${each.fractions.map((lot, n) => html`<tr key=${n}><th scope="row">${lot.acquiredAt ? utcDayText(lot.acquiredAt) : t.unknown}</th>
          <td class="right"><${Coins} of=${lot.quantity} /></td>
          <td class="right"><${Worth} of=${lot.proceeds} /></td><td class="right"><${Worth} of=${lot.cost} why=${t.costUnknown} /></td>
          <td class="right"><${Gain} of=${lot.gain} why=${t.lacks[lot.missing] ?? pageTexts.reports.unknown} /></td><td>${t.terms[lot.term]}</td></tr>`)}
            </${Table}>
    </details>`)}
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    ${more.value.next && html`<button type="button" disabled=${act.busy} onClick=${next}>${texts.common.more}</button>`}
  </${Card}>`;
}
