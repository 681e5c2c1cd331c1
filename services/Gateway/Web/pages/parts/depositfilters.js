// Which deposits one wants to see; the address of the page says it.
import { html } from '../../lib/html.js';
import { filter } from '../../lib/route.js';
import { Field } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { useNetworks } from './known.js';

const t = pageTexts.deposits;

/** The filters that the address of the page may have. */
export const known = ['wallet', 'network', 'status', 'tag', 'from', 'to', 'address', 'asset'];
export const clearFilters = () => filter(Object.fromEntries(known.map(each => [each])));
const statuses = ['pending', 'processing', 'completed', 'orphaned', 'replaced', 'dropped'];

export function DepositFilters({ filters, wallets }) {
  const set = name => e => filter({ [name]: e.currentTarget.value });
  const choice = (name, label, all, options) => html`<${Field} id=${`filter-${name}`} label=${label}>
    <select id=${`filter-${name}`} value=${filters[name] ?? ''} onChange=${set(name)}>
      <option value="">${all}</option>${options.map(([value, title]) => html`<option key=${value} value=${value}
        selected=${value === filters[name]}>${title}</option>`)}
    </select></${Field}>`;
  const any = Object.keys(filters).length > 0;
  return html`<details class="filters-box" open=${any || matchMedia('(min-width: 641px)').matches}><summary>${t.filters}</summary>
    <form class="bar sift" role="search" aria-label=${t.filters} onSubmit=${e => e.preventDefault()}>
    ${choice('wallet', texts.common.wallet, t.allWallets, wallets.map(each => [each.id, each.label]))}
    ${choice('network', texts.common.network, t.allNetworks, useNetworks().map(each => [each.network, each.name]))}
    ${choice('status', texts.common.status, t.allStatuses, statuses.map(each => [each, texts.status[each]]))}
    <${Field} id="filter-tag" label=${t.tag}><input id="filter-tag" value=${filters.tag ?? ''} maxlength="50" onChange=${set('tag')} /></${Field}>
    <${Field} id="filter-from" label=${t.from}><input id="filter-from" type="date" value=${filters.from ?? ''} onChange=${set('from')} /></${Field}>
    <${Field} id="filter-to" label=${t.to}><input id="filter-to" type="date" value=${filters.to ?? ''} onChange=${set('to')} /></${Field}>
    ${any && html`<button type="button"
      onClick=${clearFilters}>${t.clear}</button>`}
  </form></details>`;
}
