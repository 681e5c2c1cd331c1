// A price of one's own, for what nobody else has one for.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { written } from '../../lib/money.js';
import { currency } from '../../lib/settings.js';
import { Dialog, Field, Refused } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { useAct } from './act.js';

const t = pageTexts.settings.price;
const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  [bytes[6], bytes[8]] = [bytes[6] & 15 | 64, bytes[8] & 63 | 128];
  return [...bytes].map(each => each.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

export function PriceDialog({ asset, symbol, done, close }) {
  const worth = useSignal('');
  const from = useSignal(new Date().toISOString().slice(0, 10));
  const to = useSignal('');
  const note = useSignal('');
  const act = useAct();
  const save = () => act.run(async () => {
    const value = written(worth.value);
    if (value === null) throw new Error(t.unclear);
    await api.put(`/prices/manual/${newId()}`, {
      asset, value, currency: currency.value, from: from.value, to: to.value || null, note: note.value.trim()
        || null,
    });
    done();
    close();
  });
  const field = (id, label, signal, more) => html`<${Field} id=${`price-${id}`} label=${label} hint=${more?.hint}>
    <input id=${`price-${id}`} aria-describedby=${more?.hint ? `price-${id}-hint` : undefined} value=${signal.value}
      onInput=${e => { signal.value = e.currentTarget.value; }} ...${more?.attributes} /></${Field}>`;
  return html`<${Dialog} title=${t.title(symbol ?? '')} close=${close}>
    <form onSubmit=${e => { e.preventDefault(); save(); }}>
      <p class="muted">${t.lead}</p>
      ${field('value', t.one(symbol ?? '', currency.value), worth, { attributes: { required: true, inputmode: 'decimal', autocomplete: 'off' } })}
      ${field('from', t.from, from, { attributes: { type: 'date', required: true } })}
      ${field('to', t.to, to, { hint: t.toHint, attributes: { type: 'date' } })}
      ${field('note', texts.common.note, note, { attributes: { maxlength: 200 } })}
      ${act.problem && html`<${Refused} problem=${act.problem} />`}
      <div class="bar"><button class="main" disabled=${act.busy}>${texts.common.save}</button></div>
    </form>
  </${Dialog}>`;
}
