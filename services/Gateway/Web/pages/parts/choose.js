// Fields whose value is kept in the address of the page, so that it can be sent and gone back to.
import { html } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { filter, query } from '../../lib/route.js';
import { Field } from '../../lib/parts.js';
import { texts } from '../../lib/texts.js';

const t = texts.common;

/** Every wallet that one may see. */
export const useWallets = () => useLoad(() => api.all('/wallets'));

/** `options`: [[value, title]]; `all` is what nothing chosen means. */
export function Select({ name, label, options, all }) {
  const chosen = query.value[name] ?? '';
  return html`<${Field} id=${`by-${name}`} label=${label}>
    <select id=${`by-${name}`} value=${chosen} onChange=${e => filter({ [name]: e.currentTarget.value })}>
      ${all && html`<option value="" selected=${!chosen}>${all}</option>`}
      ${options.map(([value, title]) => html`<option key=${value} value=${value} selected=${value === chosen}>${title}</option>`)}
    </select></${Field}>`;
}

export const WalletSelect = ({ wallets, all = t.all }) =>
  html`<${Select} name="wallet" label=${t.wallet} options=${wallets.map(each => [each.id, each.label])} all=${all} />`;

export function Input({ name, label, type = 'text', hint, ...more }) {
  return html`<${Field} id=${`by-${name}`} label=${label} hint=${hint}>
    <input id=${`by-${name}`} type=${type} value=${query.value[name] ?? ''} aria-describedby=${hint ? `by-${name}-hint` : undefined}
      onChange=${e => filter({ [name]: e.currentTarget.value.trim() })} ...${more} /></${Field}>`;
}

/** The filters of a page in one row; those that `fold` are folded away on a phone, unless some are `used`. */
export function Bar({ label, fold, used, children }) {
  const form = html`<form class="bar filters" role="search" aria-label=${label} onSubmit=${e => e.preventDefault()}>${children}</form>`;
  return fold ? html`<details class="filters-box" open=${used || matchMedia('(min-width: 641px)').matches}><summary>${label}</summary>
    ${form}</details>` : form;
}

/** The parts of a page as links: [[name, title]]. */
export const Parts = ({ at, label, parts, here }) => html`<nav class="parts" aria-label=${label}>${parts.map(([name, title]) => html`
  <a key=${name} href=${`${at}?part=${name}`} aria-current=${name === here ? 'page' : undefined}>${title}</a>`)}</nav>`;
