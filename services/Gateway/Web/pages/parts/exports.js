// All transactions as a file, in the form that the next program reads.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { query } from '../../lib/route.js';
import { currency } from '../../lib/settings.js';
import { Card } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Bar, Input, Select, WalletSelect } from './choose.js';
import { useNetworks } from './known.js';

const t = pageTexts.reports.exports;

export function Exports({ wallets }) {
  const { wallet, network, from, to, tag } = query.value;
  return html`
    <p class="lead">${t.lead}</p>
    <${Bar} label=${pageTexts.transactions.filters}>
      <${WalletSelect} wallets=${wallets} />
      <${Select} name="network" label=${texts.common.network} all=${pageTexts.transactions.allNetworks}
        options=${useNetworks().map(each => [each.network, each.name])} />
      <${Input} name="from" label=${pageTexts.transactions.fromDay} type="date" /><${Input} name="to" label=${pageTexts.transactions.toDay} type="date" />
      <${Input} name="tag" label=${pageTexts.transactions.tag} />
    </${Bar}>
    <div class="grid">${Object.entries(t.formats).map(([format, { title, says }]) => html`<${Card} key=${format} title=${title}>
      <p class="small muted">${says}</p>
      <p class="bar"><a class="button main" download href=${api.address('/export/transactions', { format, wallet, network, from, to, tag,
        currency: currency.value })}
        aria-label=${t.downloadAs(title)}>${t.download}</a></p>
    </${Card}>`)}</div>
    <p class="small muted">${t.note(currency.value)}</p>`;
}
