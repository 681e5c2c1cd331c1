// What was sent to a webhook, with every attempt and the beginning of each answer.
import { html, useEffect, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { Dialog, Id, Loaded, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Act } from './act.js';
import { Facts, Table } from './figures.js';

const t = pageTexts.settings.webhooks;
const kinds = { delivered: 'verified', waiting: 'warn', failed: 'bad', dropped: 'bad' };
const State = ({ of }) => html`<span class=${`badge badge-${kinds[of]}`}>${t.states[of] ?? of}</span>`;

export function Deliveries({ path, turn }) {
  const state = useSignal('');
  const limit = useSignal(20);
  const open = useSignal(null);
  const list = useLoad(signal => api.get(`${path}/deliveries`, { limit: limit.value, state: state.value }, { signal }), [path, turn, state.value,
    limit.value]);
  // What is on its way arrives within moments; the log follows while somebody looks.
  const waits = list.data?.data.some(each => each.state === 'waiting');
  useEffect(() => {
    if (!waits) return;
    const look = setInterval(() => { if (!document.hidden) list.again(); }, 3000);
    return () => clearInterval(look);
  }, [waits]);
  return html`<div role="group" aria-label=${t.log}>
    <div class="choice actions" role="group" aria-label=${texts.common.status}>
      ${['', ...Object.keys(t.states)].map(each => html`<button type="button" key=${each}
      aria-pressed=${state.value === each} onClick=${() => { state.value = each; }}>${each ? t.states[each] : texts.common.all}</button>`)}</div>
    <${Loaded} of=${list}>${page => page.data.length === 0 ? html`<p class="muted">${t.nothingSent}</p>` : html`
      <${Table} caption=${t.log} columns=${[[t.message], [texts.common.status], [t.attempts, 'right wide-only'], [texts.common.time, 'wide-only'],
        [t.resend, 'right']]}>
        ${page.data.map(each => html`<tr key=${each.id}>
          <th scope="row"><button type="button" class="plain link" onClick=${() => { open.value = each.id; }}>
            ${t.types[each.type] ?? each.type}</button></th>
          <td><${State} of=${each.state} /> ${each.nextAt && html`<span class="small muted"><${Time} at=${each.nextAt} near /></span>`}</td>
          <td class="right wide-only">${each.attempts}</td><td class="wide-only"><${Time} at=${each.createdAt} /></td>
          <td class="right">${each.seq !== null
            && html`<${Act} what=${async () => { await api.post(`${path}/deliveries/${each.id}/resend`); list.again(); }}>${t.resend}</${Act}>`}</td>
        </tr>`)}</${Table}>
      ${page.hasMore && limit.value < 200 && html`<button type="button" onClick=${() => { limit.value = 200; }}>${texts.common.more}</button>`}`}
        </${Loaded}>
    ${open.value && html`<${Detail} path=${`${path}/deliveries/${open.value}`} close=${() => { open.value = null; }} />`}
  </div>`;
}

function Detail({ path, close }) {
  const detail = useLoad(signal => api.get(path, {}, { signal }), [path]);
  return html`<${Dialog} title=${t.delivery} close=${close}><${Loaded} of=${detail}>${({ delivery, body, attempts }) => html`<div class="stack">
    <${Facts} of=${[[t.message, delivery.type], [texts.common.status, html`<${State} of=${delivery.state} />`], ['webhook-id',
      html`<${Id} text=${delivery.eventId} />`],
      [t.origin, t.origins[delivery.origin] ?? delivery.origin], delivery.nextAt && [t.nextTry, html`<${Time} at=${delivery.nextAt} />`]]} />
    <h3>${t.attempts}</h3>
    ${attempts.length === 0 && html`<p class="muted">${t.noAttempt}</p>`}
    <ul class="list">${attempts.map(each => html`<li key=${each.attempt}>
      <span class="name">${each.attempt}. <${Time} at=${each.at} /> <span class="block small">
        ${each.error} ${each.response && html`<code class="wrap">${each.response}</code>`}</span></span>
      <span class="small muted">${each.httpStatus && t.answered(each.httpStatus)} ${each.latencyMs} ms</span></li>`)}</ul>
    <h3>${t.body}</h3>
    ${body ? html`<pre class="body" tabindex="0" aria-label=${t.body}>${pretty(body)}</pre>` : html`<p class="muted">${t.bodyGone}</p>`}
  </div>`}</${Loaded}></${Dialog}>`;
}

const pretty = body => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};
