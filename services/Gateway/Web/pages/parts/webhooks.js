// Where messages are posted to, whether they arrive, and what was sent.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { Card, Dialog, Empty, Field, Loaded, Refused, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Act, Once, Sure, useAct } from './act.js';
import { useWallets } from './choose.js';
import { Deliveries } from './deliveries.js';
import { Facts } from './figures.js';

const t = pageTexts.settings.webhooks;

export function Webhooks() {
  const list = useLoad(() => api.all('/webhooks'), [], { events: ['webhook_disabled'] });
  const wallets = useWallets();
  const making = useSignal(false);
  const secret = useSignal(null);
  const add = html`<button type="button" class="main" onClick=${() => { making.value = true; }}>${t.make}</button>`;
  return html`<div class="bar space"><p class="muted grow">${t.lead} <a href="/docs/events">${t.messages}</a></p>${add}</div>
    <${Loaded} of=${list}>${hooks => hooks.length === 0 ? html`<${Card}><${Empty} title=${t.none} lead=${t.noneLead} /></${Card}>`
      : hooks.map(each => html`<${Hook} key=${each.id} of=${each} wallets=${wallets.data ?? []} again=${list.again} secret=${secret} />`)}</${Loaded}>
    ${making.value && html`<${Make} wallets=${wallets.data ?? []} close=${() => { making.value = false; }}
      made=${hook => { making.value = false; secret.value = hook.secret; list.again(); }} />`}
    ${secret.value && html`<${Once} title=${t.secret} lead=${t.secretLead} secret=${secret.value} close=${() => { secret.value = null; }} />`}`;
}

function Hook({ of, wallets, again, secret }) {
  const log = useSignal(false);
  const sent = useSignal(0);
  const path = `/webhooks/${of.id}`;
  const post = (what, body) => async () => { await api.post(`${path}/${what}`, body); again(); };
  const state = !of.enabled ? html`<span class="badge badge-bad">${t.off}</span>` : of.failingSince ? html`<span class="badge badge-warn">
    ${t.failing}</span>`
    : html`<span class="badge badge-verified">${t.on}</span>`;
  return html`<${Card} title=${of.label || new URL(of.url).host} actions=${state}>
    <${Facts} of=${[
      [t.url, html`<span class="mono small">${of.url}</span>`],
      [t.sends, of.types ? of.types.map(each => html`<span class="tag" key=${each}>${t.types[each] ?? each}</span> `) : t.everything],
      of.direction && [t.direction, t.directions[of.direction]],
      of.walletIds && [t.ofWallets, of.walletIds.map(id => wallets.find(each => each.id === id)?.label ?? t.goneWallet).join(', ')],
      !of.enabled && [t.offBecause, html`${of.disabledBecause ?? t.byYou} <${Time} at=${of.disabledAt} near />`],
      of.failingSince && [t.failingSince, html`<${Time} at=${of.failingSince} /> ${of.lastError}`],
      [t.last, of.lastAt ? html`<${Time} at=${of.lastAt} near /> ${of.lastStatus && t.answered(of.lastStatus)} ${!of.failingSince && of.lastError}`
        : t.neverSent],
      of.oldSecretUntil && [t.oldSecret, html`<${Time} at=${of.oldSecretUntil} />`],
    ]} />
    <div class="choice actions">
      <${Act} what=${async () => { await api.post(`${path}/test`); sent.value++; log.value = true; again(); }}>${t.test}</${Act}>
      <button type="button" aria-expanded=${log.value ? 'true' : 'false'} onClick=${() => { log.value = !log.value; }}>${t.log}</button>
      ${of.enabled ? html`<${Act} what=${post('disable')}>${t.disable}</${Act}>` : html`<${Act} what=${post('enable', { replay: true })}>
        ${t.enable}</${Act}>`}
      <${Sure} title=${t.rotate} word=${t.rotate} says=${t.rotateSays}
        what=${async () => { secret.value = (await api.post(`${path}/rotate-secret`, { overlapDays: 1 })).secret; again(); }} />
      <${Sure} title=${t.deleteTitle} word=${texts.common.delete} class="danger" says=${t.deleteSays}
        what=${async () => { await api.delete(path); again(); }} />
    </div>
    ${log.value && html`<${Deliveries} path=${path} turn=${sent.value} />`}
  </${Card}>`;
}

function Make({ wallets, close, made }) {
  const url = useSignal('');
  const label = useSignal('');
  const types = useSignal(['deposit_completed', 'deposit_orphaned']);
  const of = useSignal([]);
  const direction = useSignal('');
  const act = useAct();
  const make = () => act.run(async () => made(await api.post('/webhooks', {
    url: url.value.trim(), label: label.value.trim() || null, types: types.value.length ? types.value : null, walletIds: of.value.length ? of.value
      : null, direction: direction.value || null,
  })));
  const toggle = (list, one) => e => { list.value = e.currentTarget.checked ? [...list.value, one] : list.value.filter(each => each !== one); };
  return html`<${Dialog} title=${t.make} close=${close}><form onSubmit=${e => { e.preventDefault(); make(); }}>
    <${Field} id="hook-url" label=${t.url} hint=${t.urlHint}><input id="hook-url" type="url" required aria-describedby="hook-url-hint"
      value=${url.value}
      onInput=${e => { url.value = e.currentTarget.value; }} /></${Field}>
    <${Field} id="hook-label" label=${texts.common.label}><input id="hook-label" maxlength="100" value=${label.value}
      onInput=${e => { label.value = e.currentTarget.value; }} /></${Field}>
    <fieldset class="choices"><legend>${t.which}</legend>${Object.entries(t.types).map(([name, title]) => html`<label key=${name} class="check">
      <input type="checkbox" checked=${types.value.includes(name)} onChange=${toggle(types, name)} /> ${title}</label>`)}
      <p class="hint">${t.noneIsAll}</p></fieldset>
    <${Field} id="hook-direction" label=${t.direction}><select id="hook-direction" value=${direction.value}
      onChange=${e => { direction.value = e.currentTarget.value; }}>${Object.entries(t.directions).map(([name, title]) => html`
      <option value=${name} selected=${name === direction.value}>${title}</option>`)}</select></${Field}>
    ${wallets.length > 1 && html`<fieldset class="choices"><legend>${t.ofWallets}</legend>
      ${wallets.map(each => html`<label key=${each.id} class="check">
      <input type="checkbox" checked=${of.value.includes(each.id)} onChange=${toggle(of, each.id)} /> ${each.label}</label>`)}<p class="hint">
        ${t.noneIsAll}</p></fieldset>`}
    ${act.problem && html`<${Refused} problem=${act.problem} />`}
    <div class="bar"><button class="main" disabled=${act.busy}>${t.make}</button></div>
  </form></${Dialog}>`;
}
