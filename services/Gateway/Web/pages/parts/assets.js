// What assets are called, asked for once.
import { html, signal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { networkName } from './known.js';

const assets = signal(new Map());
let asked;

/** An asset by its CAIP-19 id: its symbol and network, or the id while nobody knows it. */
export function AssetName({ of }) {
  asked ??= api.all('/assets').then(list => { assets.value = new Map(list.map(each => [each.asset, each])); }, () => { asked = undefined; });
  const known = assets.value.get(of);
  return known ? html`<span title=${of}>${known.symbol} · ${networkName(known.network)}</span>` : html`<span class="mono small">${of}</span>`;
}
