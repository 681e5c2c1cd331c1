// What reports are made of: signed values, facts, and what is missing.
import { html } from '../../lib/html.js';
import { hidden } from '../../lib/settings.js';
import { Worth } from '../../lib/parts.js';
import { readable, rounded, signOf } from '../../lib/money.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { AssetName } from './assets.js';
import { networkName } from './known.js';

const t = pageTexts.reports;

/** A value that was gained or lost. */
export const Gain = ({ of, why }) => !of ? html`<${Worth} why=${why ?? t.unknown} />`
  : html`<span class=${hidden.value === '1' ? '' : ['down', '', 'up'][signOf(of.amount) + 1]}>${hidden.value !== '1' && signOf(of.amount) > 0 && '+'}
    <${Worth} of=${of} /></span>`;

/** A share in per cent, which tells nothing of how much it is of. */
export const Percent = ({ of }) => html`<span class=${['down', '', 'up'][signOf(of) + 1]}>
  ${signOf(of) > 0 && '+'}${readable(rounded(of, 2))} %</span>`;

/** [[name, what]] as a list of facts. */
export const Facts = ({ of }) => html`<dl class="facts">${of.filter(Boolean).map(([name, what]) => html`<dt>${name}</dt><dd>${what}</dd>`)}</dl>`;

export const Provisional = ({ of }) => of && html`<p class="notice notice-warn">${t.provisional}</p>`;

/** Assets that are left out of a report, and why. */
export const LeftOut = ({ assets }) => assets.length > 0 && html`<details><summary>${t.leftOut(assets.length)}</summary>
  <ul class="plain-list">${assets.map(each => html`<li key=${each}><${AssetName} of=${each} /></li>`)}</ul><p class="small">
    <a href="/settings?part=prices">${t.leftOutDo}</a></p></details>`;

/** A table with its name for who cannot see it; `columns`: [[title, class]]. */
export const Table = ({ caption, columns, children }) => html`<div class="scroll" role="group" aria-label=${caption} tabindex="0"><table>
  <caption class="unseen">${caption}</caption>
  <thead><tr>${columns.map(([title, kind = '']) => html`<th scope="col" class=${kind}>${title}</th>`)}</tr></thead>
  <tbody>${children}</tbody></table></div>`;

export const Asset = ({ of, network }) => html`<th scope="row"><strong>${of}</strong> <span class="small muted">${networkName(network)}</span></th>`;
