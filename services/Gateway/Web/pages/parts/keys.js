// The session that one is in, and the keys that there are.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { logOut, may, session } from '../../lib/session.js';
import { Card, Dialog, Field, Loaded, Refused, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { endOf } from '../../lib/time.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Act, Once, Sure, useAct } from './act.js';
import { Facts, Table } from './figures.js';

const t = pageTexts.settings.keys;
const scopes = ['wallets:read', 'wallets:write', 'portfolio:read', 'webhooks:manage', 'admin'];
const Scopes = ({ of }) => of.map(each => html`<span class="tag" key=${each}>${t.scopes[each] ?? each}</span> `);

export function Keys() {
  const shown = useSignal(null);
  return html`
    <${Card} title=${t.session}>
      <${Facts} of=${[[t.name, session.value.name], [t.mayDo, html`<${Scopes} of=${session.value.scopes} />`],
        [t.walletsOf, session.value.walletIds ? t.someWallets(session.value.walletIds.length) : t.allWallets],
        [t.until, html`<${Time} at=${session.value.expiresAt} />`]]} />
      <div class="bar"><${Act} what=${logOut}>${texts.app.logOut}</${Act}></div>
    </${Card}>
    ${may('admin') && html`<${All} shown=${shown} />`}
    ${shown.value && html`<${Once} title=${t.once} lead=${t.onceLead} secret=${shown.value} close=${() => { shown.value = null; }} />`}`;
}

function All({ shown }) {
  const list = useLoad(() => Promise.all([api.all('/api-keys'), api.all('/users')]), [shown.value]);
  const making = useSignal(false);
  const old = useSignal(false);
  return html`<${Card} title=${t.all} actions=${html`<button type="button" class="main" onClick=${() => { making.value = true; }}>
    ${t.make}</button>`}>
    <${Loaded} of=${list}>${([keys, users]) => html`
      <label class="check"><input type="checkbox" checked=${old.value} onChange=${e => { old.value = e.currentTarget.checked; }} /> ${t.showRevoked}
        </label>
      <${Table} caption=${t.all} columns=${[[t.name], [t.user, 'wide-only'], [t.mayDo, 'wide-only'], [t.used, 'wide-only'], [t.expires, 'wide-only'],
        [t.revoke, 'right']]}>
        ${keys.filter(key => old.value || !key.revokedAt).map(key => html`<tr key=${key.id}>
          <th scope="row">${key.label}</th>
          <td class="wide-only">${users.find(each => each.id === key.userId)?.email ?? texts.common.none}</td>
          <td class="wide-only wrap"><${Scopes} of=${key.scopes} /> ${key.walletIds && html`<span class="small muted">
            ${t.someWallets(key.walletIds.length)}</span>`}</td>
          <td class="wide-only">${key.lastUsedAt ? html`<${Time} at=${key.lastUsedAt} near />` : html`<span class="muted">${t.unused}</span>`}</td>
          <td class="wide-only">${key.expiresAt ? html`<${Time} at=${key.expiresAt} />` : html`<span class="muted">${t.never}</span>`}</td>
          <td class="right">${key.revokedAt ? html`<span class="small muted">${t.revoked} <${Time} at=${key.revokedAt} near /></span>`
            : html`<${Sure} title=${t.revokeTitle(key.label)} word=${t.revoke} class="danger" aria-label=${t.revokeTitle(key.label)}
              says=${t.revokeSays}
                what=${async () => { await api.delete(`/api-keys/${key.id}`); list.again(); }} />`}</td>
        </tr>`)}</${Table}>
      ${making.value && html`<${Make} users=${users} close=${() => { making.value = false; }}
        made=${key => { making.value = false; shown.value = key; }} />`}`}</${Loaded}>
  </${Card}>`;
}

function Make({ users, close, made }) {
  const label = useSignal('');
  const user = useSignal('');
  const may = useSignal(['wallets:read', 'portfolio:read']);
  const until = useSignal('');
  const act = useAct();
  const make = () => act.run(async () => {
    const { key } = await api.post('/api-keys', {
      label: label.value.trim(), scopes: may.value, userId: user.value || null, expiresAt: until.value ? endOf(until.value) : null,
    });
    made(key);
  });
  return html`<${Dialog} title=${t.make} close=${close}><form onSubmit=${e => { e.preventDefault(); make(); }}>
    <${Field} id="key-label" label=${t.name} hint=${t.nameHint}><input id="key-label" required maxlength="100" aria-describedby="key-label-hint"
      value=${label.value}
      onInput=${e => { label.value = e.currentTarget.value; }} /></${Field}>
    <${Field} id="key-user" label=${t.user}><select id="key-user" value=${user.value} onChange=${e => { user.value = e.currentTarget.value; }}>
      <option value="">${t.yourself}</option>${users.filter(each => !each.disabledAt).map(each => html`<option key=${each.id} value=${each.id}>
        ${each.email}</option>`)}</select></${Field}>
    <fieldset class="choices"><legend>${t.mayDo}</legend>
      ${scopes.map(each => html`<label key=${each} class="check"><input type="checkbox" checked=${may.value.includes(each)}
      onChange=${e => { may.value = e.currentTarget.checked ? [...may.value, each] : may.value.filter(one => one !== each); }} /> ${t.scopes[each]}
        </label>`)}</fieldset>
    <${Field} id="key-until" label=${t.lastDay} hint=${t.lastDayHint}><input id="key-until" type="date" aria-describedby="key-until-hint"
      value=${until.value}
      onInput=${e => { until.value = e.currentTarget.value; }} /></${Field}>
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    <div class="bar"><button class="main" disabled=${act.busy || may.value.length === 0}>${t.make}</button></div>
  </form></${Dialog}>`;
}
