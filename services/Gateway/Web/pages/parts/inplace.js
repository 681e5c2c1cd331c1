// A word that is changed where it stands.
import { html, useEffect, useRef, useSignal } from '../../lib/html.js';
import { texts } from '../../lib/texts.js';
import { walletTexts } from '../../lib/texts.wallets.js';

const t = texts.common;

/**
 * Shows `children` with a button that turns it into a field. `save(text)` keeps what was written; it may refuse. Escape gives up.
 * `what` names the thing to who cannot see it.
 */
export function InPlace({ text, what, hint, save, may = true, children }) {
  const open = useSignal(false);
  const draft = useSignal('');
  const wrong = useSignal('');
  const busy = useSignal(false);
  const field = useRef(null);
  const button = useRef(null);
  const was = useRef(false);
  useEffect(() => {
    if (open.value) field.current?.select();
    else if (was.current) button.current?.focus();
    was.current = open.value;
  }, [open.value]);

  const keep = async event => {
    event.preventDefault();
    [busy.value, wrong.value] = [true, ''];
    try {
      await save(draft.value.trim());
      open.value = false;
    } catch (e) {
      wrong.value = e.message;
    } finally {
      busy.value = false;
    }
  };

  if (!open.value)
    return html`<span class="inplace"><span>${children}</span>
      ${may && html`<button type="button" class="copy" ref=${button} aria-label=${what} title=${what}
      onClick=${() => { [draft.value, wrong.value, open.value] = [text, '', true]; }}>✎</button>`}</span>`;
  return html`<form class="inplace" onSubmit=${keep}
    onKeyDown=${e => { if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); open.value = false; } }}>
    <input ref=${field} value=${draft.value} aria-label=${what} title=${hint} placeholder=${hint} aria-invalid=${wrong.value ? 'true' : undefined}
      onInput=${e => { draft.value = e.currentTarget.value; }} />
    <button class="main" disabled=${busy.value}>${t.save}</button>
    <button type="button" onClick=${() => { open.value = false; }}>${t.cancel}</button>
    ${wrong.value && html`<span class="wrong" role="alert">${wrong.value}</span>`}
  </form>`;
}

/** Tags, changed as one line with commas. */
export function Tags({ tags, what, save, may }) {
  const w = walletTexts.wallets;
  return html`<${InPlace} text=${tags.join(', ')} what=${w.editTags(what)} hint=${w.tagsHint} may=${may}
    save=${line => save(line.split(/[,;]/).map(each => each.trim()).filter(Boolean))}>
    ${tags.length ? tags.map(tag => html`<span class="tag" key=${tag}>${tag}</span> `) : html`<span class="muted small">${w.noTags}</span>`}
  </${InPlace}>`;
}
