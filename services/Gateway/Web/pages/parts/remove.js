// Asks once more before something goes away for good.
import { html, useSignal } from '../../lib/html.js';
import { Dialog, Refused } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';

const t = pageTexts.wallets;

/** A button that removes by `remove()`, after a question. */
export function Remove({ what, says, remove, button = t.remove }) {
  const asking = useSignal(false);
  const busy = useSignal(false);
  const wrong = useSignal(null);
  const go = async () => {
    [busy.value, wrong.value] = [true, null];
    try {
      await remove();
      asking.value = false;
    } catch (e) {
      wrong.value = e;
    } finally {
      busy.value = false;
    }
  };
  return html`<button type="button" class="danger" onClick=${() => { [asking.value, wrong.value] = [true, null]; }}>${button}</button>
    ${asking.value && html`<${Dialog} title=${t.removeTitle(what)} close=${() => { asking.value = false; }}>
      <p>${says}</p>
      ${wrong.value && html`<${Refused} problem=${wrong.value} />`}
      <div class="bar dialog-bar">
        <button type="button" class="danger" disabled=${busy.value} onClick=${go}>${t.remove}</button>
        <button type="button" onClick=${() => { asking.value = false; }}>${texts.common.cancel}</button>
      </div>
    </${Dialog}>`}`;
}
