// One transaction with all that is known of it, and what its owner says of it.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { may } from '../../lib/session.js';
import { Badge, Coins, Dialog, Field, Id, Loaded, Refused, Time } from '../../lib/parts.js';
import { signOf } from '../../lib/money.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { useAct } from './act.js';
import { networkName } from './known.js';

const t = pageTexts.transactions;

/** Why it is to be looked at twice. */
export const Risk = ({ of }) => of && html`<span class="badge badge-bad" title=${of.reason}>${t.risks[of.label] ?? of.label}</span>`;

/** `saidNow(said)` is told what was changed. */
export function TransactionDetails({ of, saidNow, open, close }) {
  const detail = useLoad(signal => api.get(`/transactions/${of.network}/${of.txid}`, {}, { signal }), [of.network, of.txid],
    { events: ['confirmation_update', 'deposit_completed', 'deposit_orphaned'] });
  return html`<${Dialog} title=${t.details} close=${close}>
    ${of.risk && html`<div class="notice notice-bad"><p><strong>${t.risks[of.risk.label] ?? of.risk.label}.</strong> ${t.riskSays[of.risk.label]}</p>
      <p class="small">${of.risk.reason}</p></div>`}
    <${Loaded} of=${detail}>${it => html`<div class="stack">
      <dl class="facts">
        <dt>${texts.common.status}</dt><dd><${Badge} of=${it.status} /> ${it.confirmations > 0 && t.confirmations(it.confirmations)}
          ${it.replacedBy && html`<p>${t.replacedBy} <button type="button" class="plain link"
            onClick=${() => open({ network: it.network, txid: it.replacedBy })}>
            ${it.replacedBy.slice(0, 8)}…${it.replacedBy.slice(-8)}</button></p>`}</dd>
        <dt>${texts.common.time}</dt><dd><${Time} at=${it.time} /> ${it.timeProvisional && html`<span class="muted small">${t.firstSeen}</span>`}</dd>
        <dt>${texts.common.network}</dt><dd>${networkName(it.network)}</dd>
        <dt>${t.txid}</dt><dd><${Id} text=${it.txid} keep=${10} /></dd>
        ${it.height !== null && html`<dt>${t.block}</dt><dd>${it.height} ${it.blockHash && html`<${Id} text=${it.blockHash} />`}</dd>`}
        <dt>${t.fee}</dt><dd><${Coins} of=${it.fee} /></dd>
        ${tellers(it).length > 0 && html`<dt>${t.toldBy}</dt><dd>${tellers(it).join(', ')}</dd>`}
      </dl>
      <section aria-label=${t.yours}><h3>${t.yours}</h3>
        <ul class="list">${it.changes.map(each => html`<li key=${each.addressId + each.asset}>
          <span class="name">${each.label ?? ''} <${Id} text=${each.address} /> <${Risk} of=${each.risk} /></span>
          <span class="right"><${Coins} of=${each.result} signed=${signOf(each.result.amount) !== 0} />
            <span class="block small muted">${each.balance && html`${t.then} <${Coins} of=${each.balance} />`}</span></span>
        </li>`)}</ul></section>
      ${it.coinbase ? html`<p class="muted">${t.mined}</p>` : html`<${Parties} title=${t.from} of=${it.from} risk=${of.risk} />`}
      <${Parties} title=${t.to} of=${it.to} risk=${of.risk} />
      <${Said} it=${it} saidNow=${saidNow} />
    </div>`}</${Loaded}>
  </${Dialog}>`;
}

const tellers = it => [...new Set(it.changes.map(each => each.provider).filter(Boolean))];

function Parties({ title, of, risk }) {
  return html`<details open=${of.length <= 4}><summary>${title} (${of.length})</summary>
    <ul class="list">${of.slice(0, 200).map((party, i) => html`<li key=${i}>
      <span class="name">${party.label ?? ''} ${!party.address ? html`<span class="muted">${t.noAddress}</span>`
        // What deceives is not to be copied.
        : risk?.label === 'address-poisoning' && !party.label ? html`<span class="mono">${party.address}</span>`
        : html`<${Id} text=${party.address} />`}</span>
      <${Coins} of=${party.value} /></li>`)}</ul></details>`;
}

function Said({ it, saidNow }) {
  const label = useSignal(it.said?.label ?? '');
  const tags = useSignal((it.said?.tags ?? []).join(', '));
  const note = useSignal(it.said?.note ?? '');
  const kept = useSignal(false);
  const act = useAct();
  const path = `/labels/transactions/${it.network}/${it.txid}`;
  const save = () => act.run(async () => {
    const said = { label: label.value.trim() || null, tags: tags.value.split(/[,;]/).map(each => each.trim()).filter(Boolean),
      note: note.value.trim() || null };
    const none = !said.label && !said.note && said.tags.length === 0;
    if (none) await api.delete(path);
    else await api.put(path, said);
    saidNow(none ? null : said);
    kept.value = true;
  });
  const set = to => e => { [to.value, kept.value] = [e.currentTarget.value, false]; };
  if (!may('wallets:write'))
    return it.said && html`<p>${it.said.label} ${it.said.tags.map(tag => html`<span class="tag">${tag}</span> `)} ${it.said.note}</p>`;
  return html`<form aria-label=${t.yourWords} onSubmit=${e => { e.preventDefault(); save(); }}>
    <h3>${t.yourWords}</h3>
    <${Field} id="said-label" label=${texts.common.label}><input id="said-label" maxlength="200" value=${label.value} onInput=${set(label)} />
      </${Field}>
    <${Field} id="said-tags" label=${texts.common.tags} hint=${t.tagsHint}><input id="said-tags" aria-describedby="said-tags-hint"
      value=${tags.value} onInput=${set(tags)} /></${Field}>
    <${Field} id="said-note" label=${texts.common.note}><textarea id="said-note" rows="2" maxlength="2000" value=${note.value} onInput=${set(note)}>
      </textarea></${Field}>
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    <div class="bar"><button class="main" disabled=${act.busy}>${texts.common.save}</button><span role="status">${kept.value && t.kept}</span></div>
  </form>`;
}
