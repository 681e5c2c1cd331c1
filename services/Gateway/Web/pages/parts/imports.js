// Files that came in, what became of each row, and labels in and out.
import { html, useEffect, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { may } from '../../lib/session.js';
import { Card, Dialog, Empty, Field, Loaded, Progress, Refused, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { useAct } from './act.js';
import { Table } from './figures.js';
import { useNetworks } from './known.js';

const t = pageTexts.settings.imports;
const verdicts = { imported: 'verified', present: 'neutral', refused: 'bad' };

export function Imports() {
  const shown = useSignal(20);
  const list = useLoad(() => api.all('/imports', { order: 'newest' }));
  const open = useSignal(null);
  const runs = list.data?.some(each => each.state === 'running');
  useEffect(() => {
    if (!runs) return;
    const look = setInterval(list.again, 2000);
    return () => clearInterval(look);
  }, [runs]);
  return html`
    <${Card} title=${t.title} actions=${may('wallets:write') && html`<a class="button" href="/welcome">${t.table}</a>`}>
      <${Loaded} of=${list}>${all => all.length === 0 ? html`<${Empty} title=${t.none} lead=${t.noneLead} />` : html`
        <${Table} caption=${t.title} columns=${[[t.what], [t.imported, 'right wide-only'], [t.present, 'right wide-only'],
          [t.refused, 'right wide-only'], [texts.common.time, 'wide-only'], [t.rows, 'right']]}>
          ${all.slice(0, shown.value).map(each => html`<tr key=${each.id}>
            <th scope="row">${t.kinds[each.kind]} ${each.dryRun && html`<span class="badge">${t.dryRun}</span>`}
              ${each.state === 'running' ? html`<${Progress} percent=${each.total && Math.floor(each.done * 100 / each.total)}
                label=${t.goesOn(each.done, each.total)} />`
                : each.refused > 0 && html` <span class="badge badge-bad">${t.refusedCount(each.refused)}</span>`}</th>
            <td class="right wide-only">${each.imported}</td><td class="right wide-only">${each.present}</td><td class="right wide-only">
              ${each.refused}</td>
            <td class="wide-only"><${Time} at=${each.createdAt} /></td>
            <td class="right"><button type="button" onClick=${() => { open.value = each; }}>${t.rows}
              <span class="unseen"> ${t.kinds[each.kind]} ${each.createdAt}</span></button></td></tr>`)}</${Table}>
        ${all.length > shown.value && html`<button type="button" onClick=${() => { shown.value += 100; }}>${texts.common.more}</button>`}`}
          </${Loaded}>
    </${Card}>
    <${Labels} again=${list.again} />
    ${open.value && html`<${Verdicts} of=${open.value} close=${() => { open.value = null; }} />`}`;
}

function Verdicts({ of, close }) {
  const verdict = useSignal(of.refused > 0 ? 'refused' : '');
  const rows = useLoad(signal => api.get(`/imports/${of.id}/rows`, { verdict: verdict.value, limit: 200 }, { signal }), [of.id, verdict.value]);
  return html`<${Dialog} title=${t.rowsOf(t.kinds[of.kind])} close=${close}>
    <div class="choice actions" role="group" aria-label=${t.verdict}>
      ${['', ...Object.keys(verdicts)].map(each => html`<button type="button" key=${each}
      aria-pressed=${verdict.value === each} onClick=${() => { verdict.value = each; }}>${each ? t[each] : texts.common.all}</button>`)}</div>
    <${Loaded} of=${rows}>${page => page.data.length === 0 ? html`<p class="muted">${t.noRows}</p>` : html`
      <${Table} caption=${t.rows} columns=${[[t.row, 'right'], [t.verdict], [t.why]]}>${page.data.map(each => html`<tr key=${each.row}>
        <th scope="row" class="right">${each.row}</th>
        <td>${each.verdict ? html`<span class=${`badge badge-${verdicts[each.verdict]}`}>${t[each.verdict]}</span>`
          : html`<span class="muted">${t.notYet}</span>`}</td>
        <td class="wrap">${each.detail ?? (each.walletId ? html`<a href=${`/wallets/${each.walletId}`} class="mono small">${each.address}</a>`
          : each.address)}</td></tr>`)}</${Table}>
      ${page.hasMore && html`<p class="small muted">${t.firstRows(page.data.length)}</p>`}`}</${Loaded}>
  </${Dialog}>`;
}

function Labels({ again }) {
  const networks = useNetworks();
  const network = useSignal('bitcoin');
  const file = useSignal(null);
  const dry = useSignal(false);
  const sent = useSignal('');
  const act = useAct();
  const send = () => act.run(async () => {
    await api.upload('/labels/import', file.value, { network: network.value, dryRun: dry.value || undefined });
    sent.value = t.sent;
    again();
  });
  return html`<${Card} title=${t.labels}>
    <p class="muted small">${t.labelsLead}</p>
    <form onSubmit=${e => { e.preventDefault(); send(); }}>
      <div class="bar">
        <${Field} id="labels-network" label=${texts.common.network}><select id="labels-network" value=${network.value}
          onChange=${e => { network.value = e.currentTarget.value; }}>
          ${networks.map(each => html`<option key=${each.network} value=${each.network} selected=${each.network === network.value}>
            ${each.name}</option>`)}</select></${Field}>
        <a class="button" download href=${api.address('/labels', { network: network.value })}>${t.takeLabels}</a>
      </div>
      ${may('wallets:write') && html`<${Field} id="labels-file" label=${t.file}>
        <input id="labels-file" type="file" accept=".jsonl,.ndjson,.json" required
          onChange=${e => { [file.value, sent.value] = [e.currentTarget.files[0], '']; }} /></${Field}>
        <label class="check"><input type="checkbox" checked=${dry.value} onChange=${e => { dry.value = e.currentTarget.checked; }} /> ${t.dryLead}
          </label>
        ${act.problem && html`<${Refused} problem=${act.problem} />`}
        <div class="bar actions"><button class="main" disabled=${act.busy || !file.value}>${t.send}</button><span role="status">
          ${sent.value}</span></div>`}
    </form>
  </${Card}>`;
}
