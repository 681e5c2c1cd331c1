import { html } from '../lib/html.js';
import { query } from '../lib/route.js';
import { Empty, Heading, Loaded } from '../lib/parts.js';
import { texts } from '../lib/texts.js';
import { pageTexts } from '../lib/texts.more.js';
import { Parts, useWallets } from './parts/choose.js';
import { useNetworks } from './parts/known.js';
import { Explain } from './parts/explain.js';
import { Exports } from './parts/exports.js';
import { Gains } from './parts/gains.js';
import { Performance } from './parts/performance.js';
import { Statement } from './parts/statement.js';

const t = pageTexts.reports;
const parts = { performance: Performance, gains: Gains, explain: Explain, statement: Statement, exports: Exports };

/** What one hands on: to oneself next year, to an adviser, to another program. Every figure with what it was made of. */
export default function Reports() {
  useNetworks();
  const wallets = useWallets();
  const here = parts[query.value.part] ? query.value.part : 'performance';
  return html`<${Heading} title=${t.title} />
    <${Parts} at="/reports" label=${t.title} parts=${Object.entries(t.parts)} here=${here} />
    <${Loaded} of=${wallets}>${list => list.length === 0
      ? html`<${Empty} title=${t.nothing} lead=${t.nothingLead}><a class="button main" href="/welcome">${texts.overview.begin}</a></${Empty}>`
      : html`<${parts[here]} key=${here} wallets=${list} />`}</${Loaded}>`;
}
