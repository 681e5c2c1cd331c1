import { html, useSignal } from '../lib/html.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { may } from '../lib/session.js';
import { currency } from '../lib/settings.js';
import { AsOf, Card, Empty, Heading, Loaded } from '../lib/parts.js';
import { texts } from '../lib/texts.js';
import { pageTexts } from '../lib/texts.more.js';
import { Act } from './parts/act.js';
import { When, findIssues } from './parts/found.js';
import { useNetworks } from './parts/known.js';
import { PriceDialog } from './parts/price.js';

const t = pageTexts.issues;

/** What is not as it should be, and the one thing to do about each. */
export default function Issues() {
  useNetworks();
  const found = useLoad(signal => findIssues(currency.value, signal), [currency.value],
    { events: ['balance_mismatch', 'sync_waiting', 'sync_completed', 'sync_failed', 'rate_limit_alert', 'webhook_disabled'] });
  const pricing = useSignal(null);
  return html`<${Heading} title=${t.title}><button type="button" disabled=${found.busy} onClick=${found.again}>
    ${found.busy ? t.looking : t.again}</button></${Heading}>
    <${Loaded} of=${found}>${({ at, checks }) => {
      const open = checks.filter(each => each.count > 0 || each.problem);
      const count = checks.reduce((all, each) => all + each.count, 0);
      return html`<div class="stack">
        <div role="status">${count > 0 && html`<p>${t.count(count)}</p>`}<${AsOf} at=${at} /></div>
        ${open.length === 0 && html`<${Card}><${Empty} title=${t.well} lead=${t.wellLead}><a class="button" href="/">
          ${texts.app.home}</a></${Empty}></${Card}>`}
        ${open.map(each => html`<${Check} key=${each.name} of=${each} again=${found.again} pricing=${pricing} />`)}
        ${open.length > 0 && html`<details><summary>${t.lookedAt}</summary><ul class="plain-list">
          ${checks.filter(each => each.count === 0 && !each.problem)
          .map(each => html`<li key=${each.name}>✓ ${t.checks[each.name].title}</li>`)}</ul></details>`}
      </div>`;
    }}</${Loaded}>
    ${pricing.value && html`<${PriceDialog} asset=${pricing.value.asset} symbol=${pricing.value.symbol} done=${found.again}
      close=${() => { pricing.value = null; }} />`}`;
}

function Check({ of, again, pricing }) {
  const all = useSignal(false);
  const { title, lead } = t.checks[of.name];
  const shown = all.value ? of.items : of.items.slice(0, 8);
  return html`<${Card} title=${title} actions=${of.count > 0 && html`<span class="badge badge-warn">${of.count}</span>`}>
    <p class="muted small">${lead}</p>
    ${of.problem && html`<p class="wrong">${t.notAsked} ${of.problem.message}</p>`}
    <ul class="list">${shown.map(item => html`<li key=${item.key}>
      <span class="name"><strong>${item.what}</strong><span class="block small">${item.why}</span><${When} of=${item} /></span>
      <span class="choice">${item.to ? html`<a class="button" href=${item.to} aria-label=${t.lookAt(title)}>${t.look}</a>`
        : may('wallets:write') && (item.judge ? html`<${Judge} item=${item} again=${again} />`
          : html`<button type="button" onClick=${() => { pricing.value = item; }}>${t.setPrice}</button>`)}</span>
    </li>`)}</ul>
    ${of.items.length > shown.length && html`<button type="button" onClick=${() => { all.value = true; }}>${t.all(of.items.length)}</button>`}
    ${of.items.length === shown.length && of.count > shown.length && html`<p class="muted small">${t.further(of.count - shown.length)}</p>`}
  </${Card}>`;
}

function Judge({ item, again }) {
  const judge = verdict => async () => {
    await api.put('/assets/verdicts', { asset: item.asset, verdict });
    again();
  };
  return html`<${Act} what=${judge('spam')}>${t.isSpam}</${Act}><${Act} what=${judge('trusted')}>${t.isTrusted}</${Act}>`;
}
