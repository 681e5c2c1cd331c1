// What a reader does: once at a time, asked again before it hurts, and a refusal told where it was asked for.
import { html, useSignal } from '../../lib/html.js';
import { Copy, Dialog, Refused } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';

const t = texts.common;

/** { busy, problem, run(what) }. */
export function useAct() {
  const busy = useSignal(false);
  const problem = useSignal(null);
  const run = async what => {
    if (busy.value) return;
    [busy.value, problem.value] = [true, null];
    try {
      await what();
    } catch (e) {
      problem.value = e;
    } finally {
      busy.value = false;
    }
  };
  return { get busy() { return busy.value; }, get problem() { return problem.value; }, run };
}

/** A button that acts at once and tells what was refused beside it. */
export function Act({ what, children, ...more }) {
  const act = useAct();
  return html`<button type="button" disabled=${act.busy} onClick=${() => act.run(what)} ...${more}>${children}</button>
    ${act.problem && html`<span class="wrong" role="alert">${act.problem.message}</span>`}`;
}

/** A button that asks once more, saying what will be gone; `ask` is what stands on it where that is not the deed itself. */
export function Sure({ title, says, word, ask = word, what, ...more }) {
  const open = useSignal(false);
  const act = useAct();
  return html`<button type="button" onClick=${() => { open.value = true; }} ...${more}>${ask}</button>
    ${open.value && html`<${Dialog} title=${title} close=${() => { open.value = false; }}>
      <div class="stack">
        <p>${says}</p>
        ${act.problem && html`<${Refused} problem=${act.problem} />`}
        <div class="bar">
          <button type="button" class="danger" disabled=${act.busy}
            onClick=${() => act.run(async () => { await what(); open.value = false; })}>${word}</button>
          <button type="button" onClick=${() => { open.value = false; }}>${t.cancel}</button>
        </div>
      </div>
    </${Dialog}>`}`;
}

/** A secret that is shown this once. */
export function Once({ title, lead, secret, close }) {
  return html`<${Dialog} title=${title} close=${close}>
    <div class="stack">
      <p>${lead}</p>
      <p class="secret"><code>${secret}</code><${Copy} text=${secret} /></p>
      <div class="bar"><button type="button" class="main" onClick=${close}>${t.close}</button></div>
    </div>
  </${Dialog}>`;
}
