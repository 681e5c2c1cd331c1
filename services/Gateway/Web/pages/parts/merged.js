// Transactions of many wallets and networks as one list, newest first, read as far as one scrolls.
import { api } from '../../lib/api.js';
import { units } from '../../lib/money.js';

const size = 100;
const unsettled = item => item.height === null;

/** Waiting ones first, then by the blocks' times. */
const newer = (a, b) => unsettled(a) !== unsettled(b) ? unsettled(a) : a.time > b.time;

/** Every address of these wallets, with the wallet that it is of. */
export async function addressesOf(wallets) {
  const all = await Promise.all(wallets.map(wallet =>
    api.all(`/wallets/${wallet.id}/addresses`, {}, 5000).then(list => list.map(each => ({ ...each, wallet })))));
  return all.flat();
}

/**
 * One list for each wallet and network, since only within a network the API's order is that of time; few addresses have one each.
 * `next(count)` gives the next ones; `total` is how many there are, null where that is known at the end only.
 */
export function merged(addresses, asked, least, signal) {
  const wanted = addresses.filter(each => (!asked.network || each.network === asked.network) && fits(each, asked.address));
  const ids = new Set(wanted.map(each => each.id));
  const lists = new Map();
  for (const each of wanted) {
    const alone = asked.address && ids.size <= 12;
    const name = `${each.wallet.id} ${each.network} ${alone ? each.id : ''}`;
    lists.set(name, { wallet: each.wallet, network: each.network, address: alone ? each.id : undefined, items: [], more: true });
  }

  const seen = new Set();
  const exact = !asked.min && (!asked.address || ids.size <= 12);
  let total = exact ? 0 : null;
  const fill = async list => {
    const page = await api.get(`/wallets/${list.wallet.id}/transactions`, {
      network: list.network, address: list.address, direction: asked.direction, from: asked.from, to: asked.to, tag: asked.tag,
      minAmount: asked.min ? units(asked.min, least(list.network)) : undefined,
      include: `pending,orphaned${total !== null && !list.cursor ? ',total' : ''}`, limit: size, cursor: list.cursor,
    }, { signal });
    [list.cursor, list.more] = [page.next, page.hasMore];
    if (total !== null) total += page.total ?? 0;
    list.items = page.data.map(item => ({ ...item, wallet: list.wallet, key: `${item.network} ${item.txid} ${item.addressId} ${item.asset}` }));
  };
  const kept = item => ids.has(item.addressId) && !seen.has(item.key) && (!asked.min || enough(item.result, asked.min));

  return {
    get total() { return total; },
    get more() { return [...lists.values()].some(list => list.more || list.items.length > 0); },
    async next(count) {
      const found = [];
      const all = [...lists.values()];
      while (found.length < count) {
        await Promise.all(all.filter(list => list.items.length === 0 && list.more).map(fill));
        const open = all.filter(list => list.items.length > 0);
        if (open.length === 0) break;
        const item = open.reduce((best, list) => newer(list.items[0], best.items[0]) ? list : best).items.shift();
        if (kept(item)) found.push(item);
        seen.add(item.key);
      }

      return found;
    },
  };
}

/** An address by a part of its label or of itself. */
function fits(address, text) {
  if (!text) return true;
  const part = text.toLowerCase();
  return address.address.toLowerCase().includes(part) || (address.label ?? '').toLowerCase().includes(part);
}

function enough(money, min) {
  // More places than the coin has: nothing of it is exactly that, and what is more than it is enough.
  const wanted = units(min, money.decimals) ?? units(min.replace(/[.,].*/, '') || '0', money.decimals);
  const amount = BigInt(money.amount);
  return (amount < 0n ? -amount : amount) >= BigInt(wanted);
}
