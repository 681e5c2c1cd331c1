// Who there is.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { session } from '../../lib/session.js';
import { Card, Dialog, Field, Loaded, Refused, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Act, Sure, useAct } from './act.js';
import { Table } from './figures.js';

const t = pageTexts.settings.users;

export function Users() {
  const list = useLoad(() => api.all('/users'));
  const making = useSignal(false);
  const change = (id, disabled) => async () => { await api.patch(`/users/${id}`, { disabled }); list.again(); };
  return html`<${Card} title=${t.title} actions=${html`<button type="button" class="main" onClick=${() => { making.value = true; }}>
    ${t.make}</button>`}>
    <p class="muted small">${t.lead}</p>
    <${Loaded} of=${list}>${users => html`<${Table} caption=${t.title} columns=${[[t.email], [t.since, 'wide-only'], [t.act, 'right']]}>
      ${users.map(each => html`<tr key=${each.id}><th scope="row">${each.email} ${each.admin && html`<span class="badge">${t.admin}</span>`}
          ${each.disabledAt && html` <span class="badge badge-bad">${t.disabled}</span>`}</th>
        <td class="wide-only"><${Time} at=${each.createdAt} /></td>
        <td class="right">${each.disabledAt ? html`<${Act} what=${change(each.id, false)} aria-label=${`${t.enable} ${each.email}`}>
          ${t.enable}</${Act}>`
          : each.id === session.value.userId ? html`<span class="muted small">${t.you}</span>`
          : html`<${Sure} title=${t.disableTitle(each.email)} word=${t.disable} class="danger" says=${t.disableSays}
            aria-label=${t.disableTitle(each.email)} what=${change(each.id, true)} />`}</td>
      </tr>`)}</${Table}>`}</${Loaded}>
    ${making.value && html`<${Make} close=${() => { making.value = false; }} made=${() => { making.value = false; list.again(); }} />`}
  </${Card}>`;
}

function Make({ close, made }) {
  const email = useSignal('');
  const admin = useSignal(false);
  const act = useAct();
  const make = () => act.run(async () => { await api.post('/users', { email: email.value.trim(), admin: admin.value }); made(); });
  return html`<${Dialog} title=${t.make} close=${close}><form onSubmit=${e => { e.preventDefault(); make(); }}>
    <${Field} id="user-email" label=${t.email} hint=${t.emailHint}><input id="user-email" type="email" required aria-describedby="user-email-hint"
      value=${email.value}
      onInput=${e => { email.value = e.currentTarget.value; }} /></${Field}>
    <label class="check"><input type="checkbox" checked=${admin.value} onChange=${e => { admin.value = e.currentTarget.checked; }} /> ${t.adminLead}
      </label>
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    <div class="bar actions"><button class="main" disabled=${act.busy}>${t.make}</button></div>
  </form></${Dialog}>`;
}
