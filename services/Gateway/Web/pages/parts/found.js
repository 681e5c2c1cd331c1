// What somebody has to look at, found by asking every list that there is. Each gives its items, or why it could not be asked.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { may } from '../../lib/session.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Coins, Time } from '../../lib/parts.js';
import { networkName } from './known.js';

const t = pageTexts.issues;
// Addresses of one wallet that are looked at; its sums tell of the rest.
const reach = 1000;

async function addresses(signal) {
  const wallets = await api.all('/wallets');
  const found = { differ: [], gaps: [], waits: [] };
  for (const wallet of wallets) {
    const differ = [];
    let cursor;
    for (let read = 0; read < reach;) {
      const page = await api.get(`/wallets/${wallet.id}/sync`, { limit: 200, cursor }, { signal });
      const to = `/wallets/${wallet.id}`;
      if (read === 0 && (page.status === 'waiting' || page.staleSince))
        found.waits.push({ key: wallet.id, what: wallet.label, why: page.reason ?? t.noAnswer, until: page.nextTry, since: page.staleSince, to });
      for (const each of page.addresses) {
        const what = html`${wallet.label} · ${networkName(each.network)} <span class="mono small nowrap" title=${each.address}>
          ${each.address.slice(0, 8)}…${each.address.slice(-6)}</span>`;
        if (each.verdict === 'mismatch') differ.push({ id: each.addressId, what });
        if (each.gapCount > 0)
          found.gaps.push({ key: each.addressId, what, why: `${t.gaps(each.gapCount)} ${each.gaps[0]?.reason ?? ''}`, until: each.gaps[0]?.nextTry,
            to });
      }

      read += page.addresses.length;
      cursor = page.next;
      if (!page.hasMore) break;
    }

    if (differ.length > 0) found.differ.push(...await differences(wallet, differ, signal));
  }

  return found;
}

/** Both sides of each balance that differs; where it is not among the first ones, that it does. */
async function differences(wallet, addresses, signal) {
  const to = `/wallets/${wallet.id}`;
  const page = await api.get(`/wallets/${wallet.id}/balances`, { limit: 200 }, { signal });
  return addresses.flatMap(({ id, what }) => {
    const balances = page.data.filter(each => each.addressId === id && each.status === 'mismatch');
    if (balances.length === 0) return [{ key: id, what, why: t.differs, to }];
    return balances.map(each => ({
      key: id + each.asset, what, to, since: each.verified?.at,
      why: html`${t.reported} <${Coins} of=${each.reported} />, ${t.derived} <${Coins} of=${each.derived} />`,
    }));
  });
}

const symbolOf = (portfolio, asset) => portfolio.totals.find(each => each.asset === asset);

async function worth(currency, signal) {
  const [portfolio, gains] = await Promise.all([
    api.get('/portfolio', { currency }, { signal }),
    api.get('/portfolio/gains', { currency, limit: 1 }, { signal }).catch(() => null),
  ]);
  const priceless = portfolio.unpriced.map(asset => {
    const total = symbolOf(portfolio, asset);
    return { key: asset, asset, what: `${total?.derived.symbol ?? asset} · ${total ? networkName(total.network) : ''}`, why: t.noPrice(currency),
      symbol: total?.derived.symbol };
  });
  const lacking = Map.groupBy((gains?.sums ?? []).filter(each => each.incomplete > 0), each => each.asset);
  const bare = [...lacking].map(([asset, [first, ...more]]) => ({
    key: asset, what: `${first.quantity.symbol} · ${networkName(first.network)}`, to: '/reports?part=gains',
    why: t.incomplete(more.reduce((all, each) => all + each.incomplete, first.incomplete), gains.year),
  }));
  return { priceless, bare, status: portfolio.status };
}

const spam = signal => api.all('/assets').then(list => list.filter(each => each.leftOut && !each.verdict)
  .map(each => ({ key: each.asset, asset: each.asset, what: `${each.symbol} · ${networkName(each.network)}`, why: t.spamWhy(each.leftOut),
    judge: true })), signal);

const hooks = () => api.all('/webhooks').then(list => list.filter(each => each.failingSince || !each.enabled && each.disabledBecause).map(each => ({
  key: each.id, what: each.label || each.url, why: each.enabled ? each.lastError ?? t.status(each.lastStatus) : t.disabled(each.disabledBecause),
  since: each.failingSince ?? each.disabledAt, to: '/settings?part=webhooks',
})));

const sources = signal => api.get('/prices/sources', {}, { signal }).then(answer => answer.data.filter(each => each.state === 'failing'
  || each.state === 'waiting')
  .map(each => ({ key: each.name, what: each.name, why: each.reason ?? t.noAnswer, until: each.nextTry, since: each.failedAt,
    to: '/settings?part=networks' })));

async function budgets(signal) {
  const usage = await api.get('/usage', { from: new Date().toISOString().slice(0, 10) }, { signal });
  const to = '/settings?part=usage';
  return usage.budgets.flatMap(each => {
    const empty = each.windows.find(window => window.left === 0);
    if (each.pausedUntil && each.pausedUntil > usage.asOf) return [{ key: each.name, what: each.name, why: each.pauseReason ?? t.paused,
      until: each.pausedUntil, to }];
    if (empty) return [{ key: each.name, what: each.name, why: t.usedUp(empty.limit, empty.window), until: empty.roomAt, to }];
    if (each.month.exceedsBudget) return [{ key: each.name, what: each.name, why: t.willExceed(each.month.projected), to }];
    return [];
  });
}

/** [{ name, items, problem }], of what the reader may ask about. */
export async function findIssues(currency, signal) {
  const part = (names, ask) => ask.then(
    found => names.map(name => ({ name, items: Array.isArray(found) ? found : found[name] })),
    problem => { if (problem.name === 'AbortError') throw problem; return [{ name: names[0], items: [], problem }]; });
  const all = await Promise.all([
    may('portfolio:read') && part(['differ', 'gaps', 'waits'], addresses(signal)),
    may('portfolio:read') && part(['priceless', 'bare'], worth(currency, signal)),
    may('portfolio:read') && part(['spam'], spam(signal)),
    may('webhooks:manage') && part(['hooks'], hooks()),
    may('portfolio:read') && part(['sources'], sources(signal)),
    may('admin') && part(['budgets'], budgets(signal)),
  ].filter(Boolean));
  return { at: new Date().toISOString(), checks: all.flat() };
}

/** Since when, and until when. */
export const When = ({ of }) => html`<span class="small muted">${of.since && html`${t.since} <${Time} at=${of.since} />`}
  ${of.since && of.until && ' · '}${of.until && html`${t.nextTry} <${Time} at=${of.until} near />`}</span>`;
