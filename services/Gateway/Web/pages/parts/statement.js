// What a wallet held, signed, so that somebody else can check it without asking anybody.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { query } from '../../lib/route.js';
import { currency } from '../../lib/settings.js';
import { Card, Coins, Id, Loaded, Refused, Time, Worth } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { useAct } from './act.js';
import { Bar, Input, Select } from './choose.js';
import { Facts, Provisional, Table } from './figures.js';
import { networkName } from './known.js';

const t = pageTexts.reports.statement;

/** Gives what was answered to the reader as a file. */
function keep(name, content) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }));
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function Statement({ wallets }) {
  const id = wallets.some(each => each.id === query.value.wallet) ? query.value.wallet : wallets[0].id;
  const asked = { currency: currency.value, at: query.value.at };
  const proved = useSignal(null);
  const act = useAct();
  const path = `/wallets/${id}/statement`;
  const answer = useLoad(signal => { proved.value = null; return api.get(path, asked, { signal }); }, [id, JSON.stringify(asked)]);
  const prove = () => act.run(async () => { proved.value = await api.get(path, { ...asked, at: answer.data.at, proofs: true }); });
  const keys = () => act.run(async () => keep('statement-keys.json', await api.get('/statement-keys')));
  return html`
    <p class="lead">${t.lead}</p>
    <${Bar} label=${t.of}>
      <${Select} name="wallet" label=${texts.common.wallet} options=${wallets.slice(1).map(each => [each.id, each.label])} all=${wallets[0].label} />
      <${Input} name="at" label=${t.at} type="date" hint=${t.atHint} />
    </${Bar}>
    <${Loaded} of=${answer}>${fetched => { const it = proved.value ?? fetched; return html`<div class="stack">
      <${Provisional} of=${it.provisional} />
      <${Card} title=${it.wallet.label}>
        <p class="figure"><${Worth} of=${it.value.value ?? it.value.priced} /></p>
        <p class="as-of">${texts.common.asOf('')}<${Time} at=${it.at} /> ${it.value.unpriced > 0
          && `· ${texts.overview.withoutPrice(it.value.unpriced)}`}</p>
        <div class="bar">
          <a class="button main" href=${api.address(path, { ...asked, at: it.at })} target="_blank" rel="noopener">${t.print}</a>
          <button type="button" onClick=${() => keep('statement.json', it)}>${it.proofs ? t.recordProofs : t.record}</button>
          <button type="button" disabled=${act.busy} onClick=${prove}>${act.busy ? t.proving : it.proofs ? t.proveMore : t.prove}</button>
          <button type="button" onClick=${keys}>${t.keys}</button>
        </div>
        ${act.problem && html`<${Refused} problem=${act.problem} />`}
        ${it.proofs && html`<${Proofs} of=${it.proofs} />`}
        ${it.totals.length === 0 ? html`<p class="muted">${t.nothing}</p>` : html`
        <${Table} caption=${it.wallet.label} columns=${[[texts.common.asset], [texts.common.amount, 'right'], [t.price, 'right wide-only'],
          [texts.common.value, 'right']]}>
          ${it.totals.map(each => html`<tr key=${each.asset}><th scope="row"><strong>${each.balance.symbol}</strong> <span class="small muted">
            ${networkName(each.network)}</span>
            ${each.leftOut && html`<span class="block small muted">${each.leftOut}</span>`}</th>
            <td class="right"><${Coins} of=${each.balance} /></td><td class="right wide-only">
              <${Worth} of=${each.price && { amount: each.price.value, currency: each.price.currency }} /></td>
            <td class="right"><${Worth} of=${each.value} why=${each.leftOut ? '—' : undefined} /></td></tr>`)}</${Table}>`}
        ${it.notes.length > 0 && html`<details><summary>${t.notes}</summary><ul class="plain-list small">
          ${it.notes.map((note, i) => html`<li key=${i}>${note}</li>`)}</ul></details>`}
      </${Card}>
      <${Card} title=${t.check}>
        <ol class="steps"><li>${t.steps[0]}</li><li>
          ${t.steps[1]} <code>dotnet Portfolio.dll verify-statement statement.json --key statement-keys.json</code></li><li>${t.steps[2]}</li></ol>
        <${Facts} of=${[[t.digest, html`<${Id} text=${it.digest} keep=${12} />`], [t.signedBy, html`<${Id} text=${it.signature.keyId} keep=${12} />`],
          [t.algorithm, it.signature.algorithm], [t.madeAt, html`<${Time} at=${it.madeAt} />`]]} />
        <p class="small muted">${t.shows}</p>
      </${Card}>
    </div>`; }}</${Loaded}>`;
}

const Proofs = ({ of }) => {
  const all = [...of.transactions, ...of.balances];
  const not = all.filter(each => each.unprovable);
  return html`<p role="status" class=${`notice ${not.length === 0 ? 'notice-good' : ''}`}>${t.proved(all.length - not.length, all.length)}</p>
    ${not.length > 0 && html`<details><summary>${t.notProved(not.length)}</summary><ul class="plain-list small">
      ${not.slice(0, 20).map((each, i) => html`
      <li key=${i}><${Id} text=${each.txid ?? each.address} /> ${each.unprovable}</li>`)}</ul>
      ${not.length > 20 && html`<p class="small muted">${t.andMore(not.length - 20)}</p>`}</details>`}`;
};
