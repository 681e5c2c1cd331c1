import { html } from '../lib/html.js';
import { query } from '../lib/route.js';
import { may } from '../lib/session.js';
import { Heading } from '../lib/parts.js';
import { texts } from '../lib/texts.js';
import { pageTexts } from '../lib/texts.more.js';
import { Parts } from './parts/choose.js';
import { Imports } from './parts/imports.js';
import { Keys } from './parts/keys.js';
import { useNetworks } from './parts/known.js';
import { Networks } from './parts/networks.js';
import { Prices } from './parts/prices.js';
import { Share } from './parts/shares.js';
import { Usage } from './parts/usage.js';
import { Users } from './parts/users.js';
import { Webhooks } from './parts/webhooks.js';

const t = pageTexts.settings;
const parts = {
  access: [Keys], webhooks: [Webhooks, 'webhooks:manage'], imports: [Imports, 'wallets:read'], shares: [Share, 'wallets:read'],
  prices: [Prices, 'portfolio:read'], networks: [Networks], usage: [Usage, 'admin'], users: [Users, 'admin'],
};

/** Who may do what, what is sent where, and what it runs on. What one may not see is not offered. */
export default function Settings() {
  useNetworks();
  const offered = Object.entries(parts).filter(([, [, scope]]) => !scope || may(scope)).map(([name]) => name);
  const here = offered.includes(query.value.part) ? query.value.part : 'access';
  return html`<${Heading} title=${t.title} />
    <${Parts} at="/settings" label=${t.title} parts=${offered.map(name => [name, t.parts[name]])} here=${here} />
    <div class="stack"><${parts[here][0]} key=${here} /></div>`;
}
