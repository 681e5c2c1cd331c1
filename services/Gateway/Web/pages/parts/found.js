// What somebody has to look at, as two services tell it: what is wrong with figures, and what keeps them from being read.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { may } from '../../lib/session.js';
import { texts } from '../../lib/texts.js';
import { pageTexts } from '../../lib/texts.more.js';
import { Coins, Time } from '../../lib/parts.js';
import { networkName } from './known.js';

const t = pageTexts.issues;

const addressOf = each => html`${each.wallet} · ${networkName(each.network)} ${each.label ?? html`<span class="mono small nowrap"
  title=${each.address}>${each.address.slice(0, 8)}…${each.address.slice(-6)}</span>`}`;
const assetOf = each => `${each.symbol} · ${networkName(each.network)}`;
const walletAt = each => `/wallets/${each.walletId}`;

/** By kind, what is said of one of it and what can be done: `to` is a link, `asset` a price to set or, with `judge`, a word to say. */
const shown = {
  mismatch: each => ({ what: addressOf(each), to: walletAt(each),
    why: each.reported ? html`${t.reported} <${Coins} of=${each.reported} />, ${t.derived} <${Coins} of=${each.derived} />` : t.differs }),
  gap: each => ({ what: addressOf(each), to: walletAt(each), why: `${t.gaps(each.of)} ${each.reason ?? ''}` }),
  stale: each => ({ what: `${each.wallet} · ${networkName(each.network)}`, to: walletAt(each), why: t.stale(each.of) }),
  waiting: each => ({ what: each.wallet ?? texts.common.wallet, to: walletAt(each), why: each.reason ?? t.noAnswer }),
  unpriced: (each, currency) => ({ what: assetOf(each), why: t.noPrice(currency), asset: each.asset, symbol: each.symbol }),
  basis: each => ({ what: assetOf(each), to: '/reports?part=gains', why: t.incomplete(each.of, each.year) }),
  spam: each => ({ what: assetOf(each), why: t.spamWhy(each.reason), asset: each.asset, judge: true }),
  webhook: each => ({ what: each.label || each.target, to: '/settings?part=webhooks',
    why: each.enabled ? each.reason ?? t.noWord : t.disabled(each.reason) }),
  'price-source': each => ({ what: each.target, to: '/settings?part=networks', why: each.reason ?? t.noAnswer }),
  budget: each => ({ what: each.budget, to: '/settings?part=usage', why: each.reason ?? t.paused }),
};

/** What waits is told by its wallet's id; where anything does, its name is asked for. */
async function waiting(signal) {
  const found = await api.get('/issues/sync', {}, { signal });
  if (!found.data.some(each => each.kind === 'waiting' && each.count > 0)) return found.data;
  const names = await api.all('/wallets').then(list => new Map(list.map(each => [each.id, each.label])), () => new Map());
  return found.data.map(each => ({ ...each, first: each.first.map(one => ({ ...one, wallet: names.get(one.walletId) })) }));
}

/** { at, checks: [{ name, count, items, problem }] }, of what the reader may ask about. */
export async function findIssues(currency, signal) {
  const part = (name, ask) => ask.catch(problem => {
    if (problem.name === 'AbortError') throw problem;
    return [{ kind: name, count: 0, first: [], problem }];
  });
  const all = await Promise.all([
    may('portfolio:read') && part('mismatch', api.get('/issues', { currency }, { signal }).then(found => found.data)),
    may('wallets:read') && part('waiting', waiting(signal)),
  ].filter(Boolean));
  return { at: new Date().toISOString(), checks: all.flat().filter(each => shown[each.kind]).map(({ kind, count, first, problem }) => ({
    name: kind, count, problem, items: first.map((each, i) => ({ key: i, since: each.since, until: each.nextTry, ...shown[kind](each, currency) })),
  })) };
}

/** Since when, and until when. */
export const When = ({ of }) => html`<span class="small muted">${of.since && html`${t.since} <${Time} at=${of.since} />`}
  ${of.since && of.until && ' · '}${of.until && html`${t.nextTry} <${Time} at=${of.until} near />`}</span>`;
