// Links that show others what one chooses, and nothing else.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { may } from '../../lib/session.js';
import { Card, Dialog, Empty, Field, Loaded, Refused, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { endOf } from '../../lib/time.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Once, Sure, useAct } from './act.js';
import { useWallets } from './choose.js';
import { Table } from './figures.js';

const t = pageTexts.settings.shares;

const stateOf = share => share.revokedAt ? 'revoked' : share.expiresAt && Date.parse(share.expiresAt) < Date.now() ? 'expired' : 'open';

export function Share() {
  const list = useLoad(() => api.get('/shares').then(answer => answer.data ?? answer));
  const wallets = useWallets();
  const making = useSignal(false);
  const link = useSignal(null);
  const names = share => share.walletIds ? share.walletIds.map(id => wallets.data?.find(each => each.id === id)?.label ?? t.goneWallet).join(', ')
    : t.allWallets;
  return html`<${Card} title=${t.title} actions=${may('wallets:write')
    && html`<button type="button" class="main" onClick=${() => { making.value = true; }}>${t.make}</button>`}>
    <p class="muted small">${t.lead}</p>
    <${Loaded} of=${list}>${shares => shares.length === 0 ? html`<${Empty} title=${t.none} lead=${t.noneLead} />` : html`
      <${Table} caption=${t.title} columns=${[[texts.common.label], [t.shows, 'wide-only'], [t.wallets, 'wide-only'], [t.expires, 'wide-only'],
        [t.used, 'wide-only'], [t.revoke, 'right']]}>
        ${shares.map(each => html`<tr key=${each.id}>
          <th scope="row">${each.label} ${stateOf(each) !== 'open' && html`<span class="badge badge-bad">${t.states[stateOf(each)]}</span>`}</th>
          <td class="wide-only">${t.kinds[each.shows]}</td><td class="wide-only wrap">${names(each)}</td>
          <td class="wide-only">${each.expiresAt ? html`<${Time} at=${each.expiresAt} />` : html`<span class="muted">${t.never}</span>`}</td>
          <td class="wide-only">${each.lastUsedAt ? html`<${Time} at=${each.lastUsedAt} near />` : html`<span class="muted">${t.unused}</span>`}</td>
          <td class="right">${!each.revokedAt && may('wallets:write')
            && html`<${Sure} title=${t.revokeTitle(each.label)} word=${t.revoke} class="danger" says=${t.revokeSays}
            aria-label=${t.revokeTitle(each.label)} what=${async () => { await api.delete(`/shares/${each.id}`); list.again(); }} />`}</td></tr>`)}
              </${Table}>`}</${Loaded}>
    ${making.value && html`<${Make} wallets=${wallets.data ?? []} close=${() => { making.value = false; }} made=${token => {
      [making.value, link.value] = [false, `${location.origin}/shared#${token}`];
      list.again();
    }} />`}
    ${link.value && html`<${Once} title=${t.link} lead=${t.linkLead} secret=${link.value} close=${() => { link.value = null; }} />`}
  </${Card}>`;
}

function Make({ wallets, close, made }) {
  const label = useSignal('');
  const shows = useSignal('percentages');
  const of = useSignal([]);
  const until = useSignal('');
  const act = useAct();
  const make = () => act.run(async () => made((await api.post('/shares', {
    label: label.value.trim(), shows: shows.value, walletIds: of.value.length ? of.value : null, expiresAt: until.value ? endOf(until.value) : null,
  })).token));
  return html`<${Dialog} title=${t.make} close=${close}><form onSubmit=${e => { e.preventDefault(); make(); }}>
    <${Field} id="share-label" label=${texts.common.label} hint=${t.labelHint}><input id="share-label" required maxlength="100"
      aria-describedby="share-label-hint" value=${label.value}
      onInput=${e => { label.value = e.currentTarget.value; }} /></${Field}>
    <fieldset class="choices"><legend>${t.shows}</legend>${Object.entries(t.kinds).map(([name, title]) => html`<label key=${name} class="check">
      <input type="radio" name="shows" checked=${shows.value === name} onChange=${() => { shows.value = name; }} /> ${title}</label>`)}</fieldset>
    <fieldset class="choices"><legend>${t.wallets}</legend>
      ${wallets.map(each => html`<label key=${each.id} class="check"><input type="checkbox" checked=${of.value.includes(each.id)}
      onChange=${e => { of.value = e.currentTarget.checked ? [...of.value, each.id] : of.value.filter(id => id !== each.id); }} /> ${each.label}
        </label>`)}
      <p class="hint">${t.noneIsAll}</p></fieldset>
    <${Field} id="share-until" label=${t.lastDay} hint=${t.lastDayHint}><input id="share-until" type="date" aria-describedby="share-until-hint"
      value=${until.value}
      onInput=${e => { until.value = e.currentTarget.value; }} /></${Field}>
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    <div class="bar"><button class="main" disabled=${act.busy}>${t.make}</button></div>
  </form></${Dialog}>`;
}
