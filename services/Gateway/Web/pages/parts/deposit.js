// All about one deposit, as it is now.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { Badge, Coins, Dialog, Id, Loaded, Progress, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { networkName, useNetworks } from './known.js';

const t = pageTexts.deposits;

/** When it is final at its network's pace; null where it waits for no block, or nobody knows. */
export function etaOf(deposit, networks) {
  const network = networks.find(each => each.network === deposit.network);
  if (!network || deposit.status !== 'processing' && deposit.status !== 'pending') return null;
  const seconds = network.blockSeconds * Math.max(deposit.required - deposit.confirmations, 1);
  return new Date(Date.now() + seconds * 1000).toISOString();
}

export function DepositDetails({ id, nameOf, events, close }) {
  const deposit = useLoad(signal => api.get(`/deposits/${id}`, {}, { signal }), [id], { events });
  const missing = deposit.problem?.status === 404;
  return html`<${Dialog} title=${t.details} close=${close}>
    ${missing ? html`<p>${t.notFound}</p>` : html`<${Loaded} of=${deposit}>${of => html`
      <p class="figure"><${Coins} of=${of.amount} signed /></p>
      <p><${Badge} of=${of.status} /> ${t.says[of.status]}</p>
      ${(of.status === 'processing' || of.status === 'pending') && html`<${Progress} percent=${Math.floor(of.confirmations * 100 / of.required)}
        label=${t.confirmations} />`}
      <dl class="facts">
        ${of.status !== 'completed' && html`<dt>${t.confirmations}</dt><dd>${t.counted(of.confirmations, of.required)}
          ${etaOf(of, useNetworks()) && html`, ${t.about}<${Time} at=${etaOf(of, useNetworks())} near />`}</dd>`}
        <dt>${texts.common.wallet}</dt><dd><a href=${`/wallets/${of.walletId}`}>${nameOf(of) ?? texts.common.wallet}</a></dd>
        ${of.label && html`<dt>${texts.common.label}</dt><dd>${of.label}</dd>`}
        <dt>${texts.common.address}</dt><dd><${Id} text=${of.address} keep=${12} /></dd>
        <dt>${texts.common.network}</dt><dd>${networkName(of.network)}</dd>
        <dt>${t.txid}</dt><dd><${Id} text=${of.txid} keep=${12} /></dd>
        ${of.replacedBy && html`<dt>${t.replacedBy}</dt><dd><${Id} text=${of.replacedBy} keep=${12} /></dd>`}
        ${of.height !== null && html`<dt>${t.height}</dt><dd>${of.height}</dd>`}
        ${of.blockHash && html`<dt>${t.blockHash}</dt><dd><${Id} text=${of.blockHash} keep=${12} /></dd>`}
        <dt>${t.seen}</dt><dd><${Time} at=${of.firstSeenAt} /></dd>
        <dt>${of.completedAt ? texts.status.confirmed : t.updated}</dt><dd><${Time} at=${of.completedAt ?? of.updatedAt} /></dd>
      </dl>`}</${Loaded}>`}
  </${Dialog}>`;
}
