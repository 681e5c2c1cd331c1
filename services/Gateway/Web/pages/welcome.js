// The first run: one field, and then how it is being read, until it is verified.
import { html, useEffect } from '../lib/html.js';
import { api } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { filter, go, query } from '../lib/route.js';
import { session } from '../lib/session.js';
import { AsOf, Badge, Card, Heading, Id, Loaded, Refused } from '../lib/parts.js';
import { walletTexts } from '../lib/texts.wallets.js';
import { useAct } from './parts/act.js';
import { AddForm } from './parts/add.js';
import { Whole, asOf, useBalances } from './parts/balances.js';
import { networkName } from './parts/known.js';
import { SyncState, Until, isBusy, useRepeat, useSync } from './parts/syncing.js';

const t = walletTexts.welcome;

export default function Welcome() {
  const wallet = query.value.wallet;
  if (wallet) return html`<${Reading} key=${wallet} id=${wallet} />`;
  const show = id => id ? filter({ wallet: id }) : go('/wallets');
  return html`<div class="first">
    <${Heading} title=${t.title} />
    <p class="lead">${t.lead}</p>
    <${Card}><${AddForm} done=${show} /></${Card}>
    ${session.value?.sample?.length > 0 && html`<${Sample} sample=${session.value.sample} done=${show} />`}
  </div>`;
}

function Sample({ sample, done }) {
  const act = useAct();
  const begin = () => act.run(async () => {
    const { id } = await api.post('/wallets', { label: t.sampleWallet });
    for (const { network, address, label } of sample) await api.post(`/wallets/${id}/addresses`, { network, address, label });
    done(id);
  });
  return html`<${Card} title=${t.sampleTitle}>
    <p>${t.sampleLead}</p>
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    <div class="bar"><button type="button" disabled=${act.busy} onClick=${begin}>${act.busy ? t.adding : t.sample}</button></div>
  </${Card}>`;
}

/** A wallet that was just added, from its first question to its verdict. */
function Reading({ id }) {
  const wallet = useLoad(signal => api.get(`/wallets/${id}`, {}, { signal }), [id]);
  const sync = useSync(id, 50);
  // What was just added is told a moment later.
  useRepeat(sync.data?.addressCount === 0, sync.again, 1);
  useEffect(() => { document.querySelector('main h1')?.focus(); }, []);
  const balances = useBalances(id);
  const label = wallet.data?.label ?? '';
  const isRead = sync.data && !isBusy(sync.data.status) && sync.data.addressCount > 0 && sync.data.syncedCount === sync.data.addressCount;
  return html`<div class="first">
    <${Heading} title=${isRead ? t.readTitle(label) : t.reading(label)} />
    <${Card}><${Loaded} of=${sync}>${now => html`
      ${balances.data && now.addressCount > 0 && html`<p class="figure"><${Whole} of=${balances.data} /></p><${AsOf} at=${asOf(balances.data)} />`}
      <${SyncState} of=${now.addressCount > 0 ? now : { ...now, status: 'queued' }} label=${label} />
      <div role="status">${isRead && (now.addresses.some(each => each.status === 'mismatch')
        ? html`<div class="notice notice-warn"><p>${walletTexts.wallets.verdict.mismatch}</p></div>`
        : html`<div class="notice notice-good"><p><strong>${t.done}</strong></p></div>`)}
        ${isBusy(now.status) && html`<p class="muted">${t.keepsOn}</p>`}</div>
      <ul class="list">${now.addresses.map(each => html`<li key=${each.addressId}>
        <span class="name"><span class="muted">${networkName(each.network)}</span> <${Id} text=${each.address} /></span>
        <span class="right"><${Badge} of=${each.status} title=${walletTexts.wallets.verdict[each.status]} />
          ${each.expected !== null && html` <span class="muted small">${walletTexts.wallets.progress(each.found, each.expected)}</span>`}</span>
        ${(each.reason || each.staleSince) && html`<span class="small muted"><${Until} of=${each} /></span>`}
      </li>`)}</ul>`}</${Loaded}>
      <div class="bar">
        <a class="button main" href=${`/wallets/${id}`}>${t.seeWallet}</a>
        <a class="button" href="/">${t.overview}</a>
        <a class="button" href="/welcome">${t.another}</a>
      </div>
    </${Card}>
  </div>`;
}
