// One field for whatever is public about a wallet: says what it is, and adds it.
import { html, useRef, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { Field, Refused } from '../../lib/parts.js';
import { walletTexts } from '../../lib/texts.wallets.js';
import { FileImport } from './file.js';
import { linesOf, useInspected } from './inspected.js';
import { networkName, useNetworks } from './known.js';
import { Preview } from './preview.js';

const t = walletTexts.welcome;
const quoted = text => `"${text.replaceAll('"', '""')}"`;

/** Adds to the wallet of that id, or to one that the reader chooses or makes; `done(walletId)` afterwards. */
export function AddForm({ walletId, done }) {
  const it = useInspected();
  const name = useSignal(null);
  const label = useSignal('');
  const gap = useSignal('20');
  const into = useSignal('');
  const file = useSignal(null);
  const over = useSignal(false);
  const busy = useSignal(false);
  const wrong = useSignal(null);
  const made = useRef(null);
  const wallets = useLoad(signal => walletId ? Promise.resolve([])
    : api.get('/wallets', { limit: 200 }, { signal }).then(page => page.data), [walletId]);
  useNetworks();

  const found = it.found.value;
  const lines = linesOf(it.text.value);
  const whole = found?.kind === 'extended-key' || found?.kind === 'descriptor';
  const known = found?.networks.length > 0 && (whole || found.kind === 'address');
  const title = name.value ?? t.nameOf(known && networkName(it.chosen.value[0] ?? found.networks[0]));
  const ready = lines.length > 1 || known || it.blind.value && lines.length === 1;

  const add = async event => {
    event.preventDefault();
    wrong.value = null;
    if (lines.length > 1) {
      const rows = lines.map(line => `${walletId || into.value ? '' : quoted(title)},${quoted(line)}`);
      file.value = new File([`wallet,address\n${rows.join('\n')}\n`], t.list, { type: 'text/csv' });
      return;
    }

    if (!ready) {
      // What it is, if it is nothing to be added, is said already.
      if (!found && !it.problem.value) wrong.value = { message: it.text.value ? t.checking : t.nothingYet };
      event.currentTarget.querySelector('textarea').focus();
      return;
    }

    if (known && it.chosen.value.length === 0) {
      wrong.value = { message: t.pickOne };
      return;
    }

    busy.value = true;
    try {
      // What was refused halfway does not make a second wallet when it is tried again.
      const id = walletId || into.value || (made.current ??= (await api.post('/wallets', { label: title })).id);
      const named = label.value.trim() || null;
      if (whole)
        await api.post(`/wallets/${id}/sources`, {
          text: it.asked, network: it.network.value || it.chosen.value[0], label: named ?? undefined, gapLimit: Number(gap.value) || 20,
        });
      else
        for (const network of it.blind.value ? [it.network.value || null] : it.chosen.value)
          await api.post(`/wallets/${id}/addresses`, { address: it.text.value.trim(), network, label: named });
      made.current = null;
      it.set('');
      done(id);
    } catch (e) {
      if (e.code === 'secret-pasted') it.forget(e.message);
      else wrong.value = e;
    } finally {
      busy.value = false;
    }
  };

  if (file.value)
    return html`<${FileImport} file=${file.value} walletId=${walletId || into.value || undefined} wallets=${wallets.data ?? []}
      pasted=${file.value.name === t.list} done=${done}
      again=${() => { file.value = null; }} />`;

  const take = files => { over.value = false; if (files?.[0]) file.value = files[0]; };
  return html`<form class=${`add ${over.value ? 'over' : ''}`} onSubmit=${add}
    onDragOver=${e => { e.preventDefault(); over.value = true; }} onDragLeave=${() => { over.value = false; }}
    onDrop=${e => { e.preventDefault(); take(e.dataTransfer.files); }}>
    <${Field} id="what" label=${t.field} hint=${t.hint}>
      <textarea id="what" rows="2" class="mono" spellcheck="false" autocomplete="off" autocapitalize="off" value=${it.text.value}
        aria-describedby="what-hint what-is"
        onInput=${e => { it.set(e.currentTarget.value); wrong.value = null; if (it.secret.value) e.currentTarget.value = ''; }}
        onKeyDown=${e => { if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); e.currentTarget.form.requestSubmit(); } }}></textarea>
    </${Field}>
    <div id="what-is" role="status"><${WhatItIs} it=${it} lines=${lines} /></div>
    ${it.secret.value && html`<div class="notice notice-bad"
      role="alert"><p><strong>${t.secretTitle}</strong></p><p>${it.secret.value.trim() || t.secret}</p></div>`}
    ${it.problem.value && html`<${Refused} problem=${it.problem.value} />`}
    ${it.blind.value && lines.length === 1 && html`<${Field} id="network" label=${t.whichNetwork}>
      <select id="network" value=${it.network.value} onChange=${e => { it.network.value = e.currentTarget.value; }}>
        <option value="">${t.findOut}</option>${useNetworks().map(each => html`<option value=${each.network}>${each.name}</option>`)}
      </select></${Field}>`}
    ${known && found.networks.length > 1 && html`<${Networks} it=${it} several=${!whole} />`}
    ${known && whole && html`<${Whole} it=${it} gap=${gap} />`}
    ${ready && html`<div class="bar">
      ${!walletId && wallets.data?.length > 0 && html`<${Field} id="into" label=${t.into}>
        <select id="into" value=${into.value} onChange=${e => { into.value = e.currentTarget.value; }}>
          <option value="">${t.newWallet}</option>${wallets.data.map(each => html`<option value=${each.id}>${each.label}</option>`)}
        </select></${Field}>`}
      ${!walletId && !into.value && html`<${Field} id="name" label=${t.name}>
        <input id="name" maxlength="100" required value=${title} onInput=${e => { name.value = e.currentTarget.value; }} /></${Field}>`}
      ${lines.length === 1 && html`<${Field} id="label" label=${t.label}>
        <input id="label" maxlength="100" value=${label.value} onInput=${e => { label.value = e.currentTarget.value; }} /></${Field}>`}
    </div>`}
    ${wrong.value && html`<${Refused} problem=${wrong.value} />`}
    <div class="bar even">
      <button class="main" disabled=${busy.value}>${busy.value ? t.adding : lines.length > 1 ? t.check : t.add}</button>
      <span class="muted">${t.orFile}</span>
      <label class="button pick">${t.file}<input type="file" class="unseen" accept=".csv,.tsv,.txt,.xlsx,text/csv"
        onCancel=${e => e.stopPropagation()} onChange=${e => take(e.currentTarget.files)} /></label>
      <span class="muted wide-only">${t.drop}</span>
    </div>
  </form>`;
}

function WhatItIs({ it, lines }) {
  const found = it.found.value;
  if (lines.length > 1) return html`<p>${t.lines(lines.length)}</p>`;
  if (it.busy.value && !found) return html`<p class="muted">${t.checking}</p>`;
  if (!found || !it.text.value) return null;
  const kind = t.kinds[found.kind];
  if (!kind || found.networks.length === 0) return html`<p class="wrong">${found.detail}</p>`;
  // Of a single address the server's sentence is this one.
  const more = found.kind !== 'address' && found.detail;
  return html`<p class="is"><strong>✓ ${t.is(kind, found.networks.length === 1 && networkName(found.networks[0]))}</strong>
    ${more && html` <span class="muted small">${more}</span>`}</p>`;
}

function Networks({ it, several }) {
  const { chosen, network, options } = it;
  const pick = (slug, on) => {
    chosen.value = several ? options.value.filter(each => each === slug ? on : chosen.value.includes(each)) : [slug];
    if (!several) network.value = slug;
  };
  return html`<fieldset class="choices"><legend>${several ? t.whichNetworks : t.whichNetwork}</legend>${options.value.map(slug => html`<label
    key=${slug}>
    <input type=${several ? 'checkbox' : 'radio'} name="networks" checked=${chosen.value.includes(slug)}
      onChange=${e => pick(slug, e.currentTarget.checked)} /> ${networkName(slug)}</label>`)}
  </fieldset>`;
}

function Whole({ it, gap }) {
  return html`<div class="stack">
    <div class="bar whole">
      ${it.key.value && html`<${Field} id="script" label=${t.script}>
        <select id="script" value=${it.script.value} onChange=${e => { it.script.value = e.currentTarget.value; }}>
          ${Object.entries(t.scripts).map(([script, says]) => html`<option value=${script}>${says}</option>`)}
        </select></${Field}>`}
      <${Field} id="gap" label=${t.gap} hint=${t.gapHint}>
        <input id="gap" type="number" min="1" max="1000" aria-describedby="gap-hint" value=${gap.value}
          onInput=${e => { gap.value = e.currentTarget.value; }} /></${Field}>
    </div>
    <${Preview} branches=${it.found.value.branches ?? []} />
  </div>`;
}
