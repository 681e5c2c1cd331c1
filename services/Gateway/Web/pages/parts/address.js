// All about one address: what it holds, what came of comparing it, what is missing, and what one may do with it.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { may } from '../../lib/session.js';
import { byValue } from '../../lib/money.js';
import { AsOf, Badge, Coins, Dialog, Id, Time, Worth } from '../../lib/parts.js';
import { addressFor } from '../../lib/route.js';
import { texts } from '../../lib/texts.js';
import { walletTexts } from '../../lib/texts.wallets.js';
import { InPlace, Tags } from './inplace.js';
import { networkName } from './known.js';
import { Sure } from './act.js';
import { Until } from './syncing.js';
import { Verdict } from './verdict.js';

const t = walletTexts.wallets;

export function AddressDetails({ of, change, removed, close }) {
  const writes = may('wallets:write');
  const what = of.label ?? of.address;
  const progress = of.progress;
  const cross = progress?.crossCheck;
  return html`<${Dialog} title=${of.label ? t.moreOf(of.label) : t.more} close=${close}>
    <dl class="facts">
      <dt>${texts.common.address}</dt><dd><${Id} text=${of.address} keep=${14} /></dd>
      <dt>${texts.common.network}</dt><dd>${networkName(of.network)}</dd>
      <dt>${texts.common.label}</dt><dd><${InPlace} text=${of.label ?? ''} what=${t.editLabel(what)} may=${writes}
        save=${label => change(of, { label: label || null })}>
        ${of.label ?? html`<span class="muted">${t.noLabel}</span>`}</${InPlace}></dd>
      <dt>${texts.common.tags}</dt><dd><${Tags} tags=${of.tags} what=${what} may=${writes} save=${tags => change(of, { tags })} /></dd>
      ${of.source && html`<dt>${t.source}</dt><dd>${t.from(of.source.branch, of.source.index)}</dd>`}
      ${progress && html`<dt>${texts.common.status}</dt><dd><${Badge} of=${progress.status} /> ${t.read(progress.found)}
        ${progress.checkedAt && html`<span class="muted">, ${t.checked}<${Time} at=${progress.checkedAt} near /></span>`}
        <br /><span class="muted small"><${Until} of=${progress} /></span></dd>`}
    </dl>
    ${cross && html`<p class="small muted">${t.crossCheck(cross.provider, cross.by, cross.transactions, cross.agrees)}</p>`}
    ${progress?.gapCount > 0 && html`<div class="notice notice-warn"><p>${t.gaps(progress.gapCount)}</p>
      <ul>${progress.gaps.map(gap => html`<li key=${gap.txid} class="small"><${Id} text=${gap.txid} /> ${gap.reason} ${t.nextTry}<${Time}
        at=${gap.nextTry} near /></li>`)}</ul></div>`}
    ${of.balances.toSorted(byValue).map(each => html`<section class="asset" key=${each.asset} aria-label=${each.derived.symbol}>
      <h3><${Coins} of=${each.confirmed} /> <span class="muted"><${Worth} of=${each.value} why=${each.leftOut ? t.notCounted : undefined} />
        </span> <${Badge} of=${each.status} /></h3>
      <${Verdict} of=${each} /><${AsOf} at=${each.asOf?.at} />
    </section>`)}
    <div class="bar dialog-bar">
      <a class="button" href=${addressFor('/transactions', { wallet: of.walletId, address: of.address })}>${t.transactions}</a>
      <a class="button" href=${addressFor('/deposits', { wallet: of.walletId, address: of.address })}>${t.deposits}</a>
      ${writes && html`<${Sure} title=${t.removeTitle(what)} word=${t.remove} says=${t.removeAddress} class="danger"
        what=${async () => { await api.delete(`/wallets/${of.walletId}/addresses/${of.id}`); removed(of.id); }} />`}
    </div>
  </${Dialog}>`;
}
