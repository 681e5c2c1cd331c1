// How far the reading of a wallet is, why it waits, and until when.
import { html, useEffect } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { Progress, Time } from '../../lib/parts.js';
import { walletTexts } from '../../lib/texts.wallets.js';
import { useAct } from './act.js';

const t = walletTexts.wallets;
/** What is told of a wallet's progress. */
export const told = ['sync_progress', 'sync_waiting', 'sync_completed', 'sync_failed'];

export const isBusy = status => status !== 'idle' && status !== 'paused';

/** Asks again every few seconds while `busy` and somebody looks. */
export function useRepeat(busy, again, seconds = 3) {
  useEffect(() => {
    if (!busy) return;
    const look = setInterval(() => { if (!document.hidden) again(); }, seconds * 1000);
    return () => clearInterval(look);
  }, [busy]);
}

/** A wallet's progress, while it is `wanted`; asked again when it is told of, and while something goes on. */
export function useSync(walletId, limit = 1, wanted = true) {
  const sync = useLoad(signal => wanted ? api.get(`/wallets/${walletId}/sync`, { limit }, { signal }) : Promise.resolve(null), [walletId, wanted],
    { events: told, wallet: walletId });
  useRepeat(sync.data && isBusy(sync.data.status), sync.again);
  return sync;
}

/** The reason to wait and its end, the time it will be ready, and since when nobody answers. */
export function Until({ of, next = t.nextTry }) {
  const said = [
    // That its owner stopped it is said already.
    of.status !== 'paused' && of.reason,
    of.nextTry && html`${next}<${Time} at=${of.nextTry} near />`,
    of.eta && html`${t.ready}<${Time} at=${of.eta} near />`,
    of.staleSince && html`<span class="down">${t.stale}<${Time} at=${of.staleSince} /></span>`,
  ].filter(Boolean);
  return said.map((each, i) => html`<span key=${i}>${i > 0 && ' · '}${each}</span>`);
}

/** A wallet's progress in words and as a bar. Quiet when all is well and `brief`. */
export function SyncState({ of, label, brief }) {
  const busy = isBusy(of.status);
  const all = of.found + of.remaining;
  const follows = of.status !== 'paused' && of.reason || of.nextTry || of.eta || of.staleSince;
  if (brief && of.status === 'idle' && !of.staleSince) return null;
  return html`<div class="syncing">
    ${busy && html`<${Progress} percent=${of.percent} label=${t.readingLabel(label)} />`}
    <p class="small muted">
      ${!(of.status === 'idle' && of.staleSince) && html`<span>${t.sync_[of.status]} </span>`}
      ${busy && html`<span>${of.percent} % · ${t.progress(of.found, all)} · </span>`}
      ${(busy || !brief) && of.addressCount > 0 && html`<span>${t.checkedOf(of.syncedCount, of.addressCount)}${follows && ' ·'} </span>`}
      <${Until} of=${of} next=${of.status === 'idle' ? t.nextCheck : undefined} />
    </p>
  </div>`;
}

/** Asks for a check now, or stops the one that is going on. */
export function SyncActions({ wallet, sync, also }) {
  const act = useAct();
  const go = async what => {
    await act.run(what);
    for (const later of [300, 1500, 5000]) setTimeout(() => { sync.again(); also?.(); }, later);
  };
  const busy = sync.data && isBusy(sync.data.status);
  return html`${busy
    ? html`<button type="button" onClick=${() => go(() => api.delete(`/wallets/${wallet.id}/sync`))}
      aria-label=${`${t.cancelSync}: ${wallet.label}`}>${t.cancelSync}</button>`
    : html`<button type="button" disabled=${wallet.addressCount === 0} onClick=${() => go(() => api.post(`/wallets/${wallet.id}/sync`))}
        aria-label=${`${t.sync}: ${wallet.label}`}>${t.sync}</button>`}
    ${act.problem && html`<span class="wrong" role="alert">${act.problem.message}</span>`}`;
}
