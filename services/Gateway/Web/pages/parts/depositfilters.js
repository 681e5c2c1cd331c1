// Which deposits one wants to see; the address of the page says it.
import { html } from '../../lib/html.js';
import { filter } from '../../lib/route.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Bar, Input, Select, WalletSelect } from './choose.js';
import { useNetworks } from './known.js';

const t = pageTexts.deposits;

/** The filters that the address of the page may have. */
export const known = ['wallet', 'network', 'status', 'tag', 'from', 'to', 'address', 'asset'];
export const clearFilters = () => filter(Object.fromEntries(known.map(each => [each])));
const statuses = ['pending', 'processing', 'completed', 'orphaned', 'replaced', 'dropped'];

export function DepositFilters({ filters, wallets }) {
  const any = Object.keys(filters).length > 0;
  return html`<${Bar} label=${t.filters} fold used=${any}>
    <${WalletSelect} wallets=${wallets} all=${t.allWallets} />
    <${Select} name="network" label=${texts.common.network} all=${t.allNetworks}
      options=${useNetworks().map(each => [each.network, each.name])} />
    <${Select} name="status" label=${texts.common.status} all=${t.allStatuses} options=${statuses.map(each => [each, texts.status[each]])} />
    <${Input} name="tag" label=${t.tag} maxlength="50" />
    <${Input} name="from" label=${t.from} type="date" /><${Input} name="to" label=${t.to} type="date" />
    ${any && html`<button type="button" onClick=${clearFilters}>${t.clear}</button>`}
  </${Bar}>`;
}
