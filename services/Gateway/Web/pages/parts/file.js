// A table of addresses: checked first, with a verdict on each row, and taken when the reader says so.
import { html, useEffect, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { Field, Progress, Refused } from '../../lib/parts.js';
import { walletTexts } from '../../lib/texts.wallets.js';

const t = walletTexts.welcome;
const pause = ms => new Promise(done => setTimeout(done, ms));

/** Sends the file and waits until each row has its verdict; `tell(import)` on the way. */
async function send(file, query, tell) {
  let state = await api.upload('/wallets/import', file, query);
  for (; ;) {
    tell(state);
    if (state.state === 'finished') return state;
    await pause(500);
    state = await api.get(`/imports/${state.id}`);
  }
}

const refusedOf = id => api.get(`/imports/${id}/rows`, { verdict: 'refused', limit: 50 }).then(page => page.data);

/** `pasted`: made of lines, whose numbers are one less than those of the table's rows. */
export function FileImport({ file, pasted, walletId, wallets, done, again }) {
  const target = useSignal(walletId ?? '');
  const name = useSignal(walletTexts.welcome.nameOf(null));
  const state = useSignal(null);
  const step = useSignal('trying');
  const refused = useSignal([]);
  const problem = useSignal(null);
  const first = useSignal(null);

  const run = async (dryRun, wallet) => {
    [problem.value, state.value, refused.value, step.value] = [null, null, [], dryRun ? 'trying' : 'importing'];
    try {
      const end = await send(file, { dryRun: dryRun || undefined, walletId: wallet || undefined }, now => { state.value = now; });
      refused.value = end.refused > 0 ? await refusedOf(end.id) : [];
      if (!dryRun) first.value = (await api.get(`/imports/${end.id}/rows`, { limit: 200 })).data.find(row => row.walletId)?.walletId;
      step.value = dryRun ? 'tried' : 'finished';
    } catch (e) {
      [problem.value, step.value] = [e, 'failed'];
    }
  };
  useEffect(() => { run(true, target.value); }, [file]);

  const withWallet = async () => {
    try {
      target.value ||= (await api.post('/wallets', { label: name.value })).id;
      await run(true, target.value);
    } catch (e) {
      problem.value = e;
    }
  };

  const now = state.value;
  const words = step.value === 'finished' ? t.verdicts.done : t.verdicts.try;
  return html`<div class="stack">
    <div role="status">
      ${step.value === 'trying' && html`<p>${t.fileTrying}</p>`}
      ${step.value === 'importing' && html`<p>${t.fileImporting}</p>`}
      ${step.value === 'tried' && html`<p><strong>${t.fileTried(now.total, file.name)}</strong></p>`}
      ${step.value === 'finished' && html`<p><strong>${t.fileDone}</strong></p>`}
    </div>
    ${(step.value === 'trying' || step.value === 'importing') && html`<${Progress}
      percent=${now ? Math.floor(now.done * 100 / Math.max(now.total, 1)) : null} label=${t.fileTrying} />`}
    ${(step.value === 'tried' || step.value === 'finished') && html`<ul
      class="list">${['imported', 'present', 'refused'].filter(each => now[each] > 0).map(each => html`
      <li key=${each} class=${each === 'refused' ? 'down' : ''}>${words[each](now[each])}</li>`)}</ul>`}
    ${problem.value && html`<${Refused} problem=${problem.value} />`}
    ${step.value === 'tried' && refused.value.some(row => row.code === 'wallet-missing') && html`<div class="bar">
      ${wallets.length > 0 && html`<${Field} id="target" label=${t.noWallet}><select id="target" value=${target.value}
        onChange=${e => { target.value = e.currentTarget.value; }}>
        <option value="">${t.newWallet}</option>${wallets.map(each => html`<option value=${each.id}>${each.label}</option>`)}</select></${Field}>`}
      ${!target.value && html`<${Field} id="target-name" label=${t.name}><input id="target-name" maxlength="100" value=${name.value}
        onInput=${e => { name.value = e.currentTarget.value; }} /></${Field}>`}
      <button type="button" class="main" onClick=${withWallet}>${t.noWalletDo}</button>
    </div>`}
    ${refused.value.length > 0 && html`<${Rows} rows=${refused.value} all=${now.refused} less=${pasted ? 1 : 0} />`}
    <div class="bar">
      ${step.value === 'tried' && now.imported > 0 && html`<button type="button" class="main"
        onClick=${() => run(false, target.value)}>${t.doImport(now.imported)}</button>`}
      ${step.value === 'finished' && html`<button type="button" class="main" onClick=${() => done(first.value)}>${t.watch}</button>`}
      <button type="button" onClick=${again}>${t.otherFile}</button>
    </div>
  </div>`;
}

function Rows({ rows, all, less }) {
  return html`<div class="scroll"><table><caption class="unseen">${t.refusedRows}</caption>
    <thead><tr><th scope="col">${t.row}</th><th scope="col">${t.why}</th></tr></thead>
    <tbody>${rows.map(row => html`<tr key=${row.row}><th scope="row">${row.row - less}</th><td>${row.detail}</td></tr>`)}</tbody>
  </table></div>
  ${all > rows.length && html`<p class="muted small">${t.andMore(all - rows.length)}</p>`}`;
}
