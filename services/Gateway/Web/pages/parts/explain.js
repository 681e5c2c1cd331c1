// Between two days, why what one holds is worth more or less.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { query } from '../../lib/route.js';
import { currency } from '../../lib/settings.js';
import { Card, Coins, Id, Loaded, Refused, Time, Worth } from '../../lib/parts.js';
import { signOf } from '../../lib/money.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { useAct } from './act.js';
import { Bar, Input, WalletSelect } from './choose.js';
import { Facts, Gain, LeftOut, Provisional, Table } from './figures.js';

const t = pageTexts.reports.explain;
const monthAgo = () => new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10);
const less = worth => worth && { ...worth, amount: signOf(worth.amount) > 0 ? `-${worth.amount}` : worth.amount.replace('-', '') };

export function Explain({ wallets }) {
  const { from = monthAgo(), to, wallet } = query.value;
  const asked = { currency: currency.value, from, to, wallet };
  const answer = useLoad(signal => api.get('/portfolio/explain', { ...asked, limit: 50 }, { signal }), [JSON.stringify(asked)]);
  return html`
    <p class="lead">${t.lead}</p>
    <${Bar} label=${pageTexts.transactions.filters}>
      <${WalletSelect} wallets=${wallets} />
      <${Input} name="from" label=${t.from} type="date" hint=${query.value.from ? undefined : t.monthAgo} />
        <${Input} name="to" label=${t.to} type="date" />
    </${Bar}>
    <${Loaded} of=${answer}>${it => html`<div class="stack">
      <p class="as-of">${t.between} <${Time} at=${it.from} /> ${t.and} <${Time} at=${it.to} /></p>
      <${Provisional} of=${it.provisional} />
      <${Card} title=${t.change}>
        <p class="figure"><${Gain} of=${it.change} /></p>
        <${Facts} of=${[
          [t.quantityEffect, html`<${Gain} of=${it.quantityEffect} />`], [t.priceEffect, html`<${Gain} of=${it.priceEffect} />`],
          [t.fees, html`<${Gain} of=${less(it.fees)} />`],
        ]} />
        <p class="small muted">${t.sum}</p>
      </${Card}>
      ${it.assets.length > 0 && html`<${Card} title=${t.byAsset}>${it.assets.map(each => html`<details key=${each.asset} class="line">
        <summary><span><strong>${each.opening.quantity.symbol}</strong> <span class="muted small">
          <${Coins} of=${each.opening.quantity} /> → <${Coins} of=${each.closing.quantity} /></span></span>
          <${Gain} of=${each.change} /></summary>
        <${Table} caption=${each.opening.quantity.symbol} columns=${[[t.what], [texts.common.amount, 'right wide-only'], [texts.common.value, 'right']]}>
          <tr><th scope="row">${t.opening}</th><td class="right wide-only"><${Coins} of=${each.opening.quantity} /></td><td class="right">
            <${Worth} of=${each.opening.value} /></td></tr>
          <tr><th scope="row">+ ${t.received(each.received.transactions)}</th><td class="right wide-only"><${Coins} of=${each.received.quantity} /></td>
            <td class="right"><${Worth} of=${each.received.value} /></td></tr>
          <tr><th scope="row">− ${t.sent(each.sent.transactions)}</th><td class="right wide-only"><${Coins} of=${each.sent.quantity} /></td><td class="right">
            <${Worth} of=${each.sent.value} /></td></tr>
          <tr><th scope="row">− ${t.fees}</th><td class="right wide-only"><${Coins} of=${each.fees.quantity} /></td><td class="right">
            <${Worth} of=${each.fees.value} /></td></tr>
          <tr><th scope="row">± ${t.priceEffect}</th><td class="wide-only"></td><td class="right"><${Gain} of=${each.priceEffect} /></td></tr>
          <tr><th scope="row">= ${t.closing}</th><td class="right wide-only"><${Coins} of=${each.closing.quantity} /></td><td class="right">
            <${Worth} of=${each.closing.value} /></td></tr>
        </${Table}>
        ${each.ownTransfers.transactions > 0 && html`<p class="small muted">${t.own(each.ownTransfers.transactions)} <${Coins}
          of=${each.ownTransfers.quantity} /></p>`}
      </details>`)}</${Card}>`}
      ${it.data.length === 0 ? html`<p class="muted">${t.nothing}</p>` : html`<${Movements} key=${JSON.stringify(asked)} of=${it} asked=${asked} />`}
      <${LeftOut} assets=${it.leftOut} />
    </div>`}</${Loaded}>`;
}

function Movements({ of, asked }) {
  const more = useSignal({ data: [], next: of.next });
  const act = useAct();
  const next = () => act.run(async () => {
    const page = await api.get('/portfolio/explain', { ...asked, limit: 200, cursor: more.value.next });
    more.value = { data: [...more.value.data, ...page.data], next: page.next };
  });
  return html`<${Card} title=${t.movements}>
    <${Table} caption=${t.movements} columns=${[[t.what], [texts.common.amount, 'right'], [texts.common.value, 'right'], [t.txid, 'wide-only'],
      [texts.common.time, 'wide-only']]}>
      ${[...of.data, ...more.value.data].map((each, i) => html`<tr key=${i}><th scope="row">${t.kinds[each.kind] ?? each.kind}</th>
        <td class="right"><${Coins} of=${each.quantity} /></td><td class="right"><${Worth} of=${each.value} /></td>
        <td class="wide-only"><${Id} text=${each.txid} /></td><td class="wide-only"><${Time} at=${each.time} /></td></tr>`)}</${Table}>
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    ${more.value.next && html`<button type="button" disabled=${act.busy} onClick=${next}>${texts.common.more}</button>`}
  </${Card}>`;
}
