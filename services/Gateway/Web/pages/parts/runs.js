// What was done to keep a wallet right: each run, why it began and how it ended.
import { html, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { Badge, Loaded, Time } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';
import { walletTexts } from '../../lib/texts.wallets.js';

const t = walletTexts.wallets;

export function Runs({ wallet }) {
  const limit = useSignal(8);
  const list = useLoad(signal => api.get(`/wallets/${wallet.id}/syncs`, { limit: limit.value }, { signal }), [wallet.id, limit.value],
    { events: ['sync_completed', 'sync_waiting', 'sync_failed'], wallet: wallet.id });
  return html`<${Loaded} of=${list}>${page => page.data.length === 0 ? html`<p class="muted">${t.noRuns}</p>` : html`
    <div class="scroll"><table>
      <caption class="unseen">${t.runs}</caption>
      <thead><tr><th scope="col">${t.began}</th><th scope="col">${t.trigger}</th><th scope="col">${texts.common.status}</th>
        <th scope="col" class="right wide-only">${t.took}</th><th scope="col" class="right wide-only">${t.found}</th></tr></thead>
      <tbody>${page.data.map(each => html`<tr key=${each.id}>
        <th scope="row"><${Time} at=${each.startedAt} near /></th>
        <td>${t.triggers[each.trigger] ?? each.trigger}</td>
        <td><${Badge} of=${each.status} />${each.reason && html` <span class="small muted">${each.reason}</span>`}
          ${each.nextTry && html` <span class="small muted">${t.nextTry}<${Time} at=${each.nextTry} near /></span>`}</td>
        <td class="right wide-only">${each.durationMs === null ? texts.common.none : t.seconds(Math.round(each.durationMs / 1000))}</td>
        <td class="right wide-only">${each.found === null ? texts.common.none : t.read(each.found)}</td>
      </tr>`)}</tbody></table></div>
    ${page.hasMore && limit.value < 200 && html`<div class="bar pages"><button type="button"
      onClick=${() => { limit.value = Math.min(limit.value * 4, 200); }}>${texts.common.more}</button></div>`}`}</${Loaded}>`;
}
