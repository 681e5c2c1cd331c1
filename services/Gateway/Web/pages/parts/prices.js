// What the reader said of prices and of assets; it outranks every source until it is taken back.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { may } from '../../lib/session.js';
import { Card, Empty, Loaded, Time } from '../../lib/parts.js';
import { readable } from '../../lib/money.js';
import { dayText } from '../../lib/time.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Act, Sure } from './act.js';
import { Asset, Table } from './figures.js';
import { PriceDialog } from './price.js';

const t = pageTexts.settings.prices;

export function Prices() {
  const prices = useLoad(() => api.all('/prices/manual'));
  const assets = useLoad(() => api.all('/assets'));
  const pricing = useSignal(null);
  const writes = may('wallets:write');
  const symbolOf = id => assets.data?.find(each => each.asset === id)?.symbol ?? id;
  const judge = (asset, verdict) => async () => { await api.put('/assets/verdicts', { asset, verdict }); assets.again(); };
  return html`
    <${Card} title=${t.own}><${Loaded} of=${prices}>${list => list.length === 0 ? html`<${Empty} title=${t.none} lead=${t.noneLead} />` : html`
      <${Table} caption=${t.own} columns=${[[texts.common.asset], [t.price, 'right'], [t.days, 'wide-only'], [texts.common.note, 'wide-only'],
        [t.set, 'wide-only'], [texts.common.delete, 'right']]}>
        ${list.map(each => html`<tr key=${each.id}><th scope="row">${symbolOf(each.asset)}</th><td class="right amount">
          ${readable(each.value)} ${each.currency}</td>
          <td class="wide-only">${dayText(each.from)} – ${each.to ? dayText(each.to) : t.forGood}</td><td class="wide-only wrap">${each.note}</td>
            <td class="wide-only"><${Time} at=${each.setAt} near /></td>
          <td class="right">${writes && html`<${Sure} title=${t.deleteTitle(symbolOf(each.asset))} word=${texts.common.delete} says=${t.deleteSays}
            class="danger"
            what=${async () => { await api.delete(`/prices/manual/${each.id}`); prices.again(); }} />`}</td></tr>`)}</${Table}>`}</${Loaded}>
              </${Card}>
    <${Card} title=${t.assets}><p class="muted small">${t.assetsLead}</p><${Loaded} of=${assets}>
      ${list => list.length === 0 ? html`<${Empty} title=${t.noAssets} lead=${t.noAssetsLead} />` : html`
      <${Table} caption=${t.assets} columns=${[[texts.common.asset], [t.counts, 'wide-only'], [t.act, 'right']]}>
        ${list.map(each => html`<tr key=${each.asset}><${Asset} of=${each.symbol} network=${each.network} />
          <td class="wide-only wrap">${each.leftOut ? html`<span class="badge badge-warn">${t.out}</span> <span class="small muted">
            ${each.leftOut.replace(/^spam: /, '')}</span>`
            : html`<span class="badge badge-verified">${t.in}</span>`} ${each.verdict && html`<span class="small muted">${t.yourWord}</span>`}</td>
          <td class="right"><span class="choice right">${writes && html`
            <button type="button" onClick=${() => { pricing.value = each; }} aria-label=${t.setPriceOf(each.symbol)}>${t.setPrice}</button>
            ${each.verdict ? html`<${Act} what=${judge(each.asset, null)} aria-label=${t.takeBackOf(each.symbol)}>${t.takeBack}</${Act}>`
              : each.leftOut ? html`<${Act} what=${judge(each.asset, 'trusted')} aria-label=${t.trustOf(each.symbol)}>${t.trust}</${Act}>`
              : !each.wellKnown && html`<${Act} what=${judge(each.asset, 'spam')} aria-label=${t.spamOf(each.symbol)}>${t.spam}</${Act}>`}`}</span>
                </td></tr>`)}</${Table}>`}</${Loaded}></${Card}>
    ${pricing.value && html`<${PriceDialog} asset=${pricing.value.asset} symbol=${pricing.value.symbol} done=${prices.again}
      close=${() => { pricing.value = null; }} />`}`;
}
