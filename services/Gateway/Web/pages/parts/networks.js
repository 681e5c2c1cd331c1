// What it runs on: the chains, who is asked about them, and who tells prices.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { may } from '../../lib/session.js';
import { AsOf, Card, Loaded, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Table } from './figures.js';

const t = pageTexts.settings.networks;
const kinds = { well: 'verified', waiting: 'warn', failing: 'bad', unasked: 'neutral' };
const at = promise => promise.then(answer => ({ at: new Date().toISOString(), ...answer }));

export function Networks() {
  const networks = useLoad(signal => at(api.get('/networks', {}, { signal })));
  return html`<${Card} title=${t.title}><${Loaded} of=${networks}>${page => html`
      <${Table} caption=${t.title} columns=${[[texts.common.network], [t.coin, 'wide-only'], [t.final, 'right wide-only'],
        [t.block, 'right wide-only'], [t.providers]]}>
        ${page.data.map(each => html`<tr key=${each.network}><th scope="row"><strong>
          ${each.name}</strong> ${!each.synced && html`<span class="badge">${t.notRead}</span>`}</th>
          <td class="wide-only">${each.asset.symbol}</td><td class="right wide-only">${each.confirmationsRequired}</td><td class="right wide-only">
            ${t.seconds(each.blockSeconds)}</td>
          <td class="wrap">${each.providers.length === 0 ? html`<span class="muted">${t.noProvider}</span>`
            : each.providers.map(one => html`<span class="tag" key=${one.name} title=${one.kind}>${one.name}
            ${one.budgets?.perSecond && html` · ${t.perSecond(one.budgets.perSecond)}`}</span> `)}</td></tr>`)}</${Table}>
      <${AsOf} at=${page.at} />`}</${Loaded}></${Card}>
    ${may('portfolio:read') && html`<${Sources} />`}`;
}

function Sources() {
  const sources = useLoad(signal => at(api.get('/prices/sources', {}, { signal })));
  return html`<${Card} title=${t.sources}><${Loaded} of=${sources}>${page => page.data.length === 0 ? html`<p class="muted">${t.noSources}</p>`
    : html`
    <${Table} caption=${t.sources} columns=${[[t.source], [texts.common.status], [t.answered, 'wide-only'], [t.left, 'wide-only']]}>
      ${page.data.map(each => html`<tr key=${each.name}><th scope="row">${each.name}</th>
        <td class="wrap"><span class=${`badge badge-${kinds[each.state]}`}>${t.states[each.state] ?? each.state}</span> <span class="small muted">
          ${each.reason}
          ${each.nextTry && html` ${t.nextTry} <${Time} at=${each.nextTry} near />`}</span></td>
        <td class="wide-only"><${Time} at=${each.answeredAt} near /></td>
        <td class="wide-only">${each.budget.map(one => html`<span class="block small" key=${one.window}>${t.leftOf(one.left, one.limit, one.window)}
          </span>`)}</td></tr>`)}</${Table}>
    <${AsOf} at=${page.at} />`}</${Loaded}></${Card}>`;
}
