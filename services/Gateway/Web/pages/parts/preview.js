// The first addresses of an extended key or a descriptor, so that one sees whether they are one's own.
import { html } from '../../lib/html.js';
import { walletTexts } from '../../lib/texts.wallets.js';

const t = walletTexts.welcome;

export function Preview({ branches }) {
  return html`<section class="preview" aria-label=${t.preview}>
    <h2>${t.preview}</h2>
    <p class="hint">${t.previewLead}</p>
    ${branches.map((branch, i) => html`<details key=${branch.branch} open=${i === 0}>
      <summary>${t.branch(branch.name, branch.path)}</summary>
      <ol start="0">${branch.addresses.map(address => html`<li key=${address}><code>${address}</code></li>`)}</ol>
    </details>`)}
  </section>`;
}
