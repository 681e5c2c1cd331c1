// Where the reader is. The address says it all, filters too, so that it can be kept, sent and gone back to.
import { computed, signal } from './html.js';

const here = () => ({ path: location.pathname, query: Object.fromEntries(new URLSearchParams(location.search)) });

export const place = signal(here());
export const path = computed(() => place.value.path);
export const query = computed(() => place.value.query);

addEventListener('popstate', () => { place.value = here(); });

export function addressFor(to, parameters = {}) {
  const kept = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return kept.length ? `${to}?${new URLSearchParams(kept)}` : to;
}

/** Goes there; the next page begins at its head, and is announced by its heading. */
export function go(to, parameters) {
  history.pushState(null, '', addressFor(to, parameters));
  const before = place.value.path;
  place.value = here();
  if (before === place.value.path) return;
  scrollTo(0, 0);
  requestAnimationFrame(() => document.querySelector('main h1')?.focus());
}

/** Changes filters where the reader is; what is undefined or empty goes away. */
export function filter(changes) {
  history.replaceState(null, '', addressFor(place.value.path, { ...place.value.query, ...changes }));
  place.value = here();
}

// Links are links: with a key held down, or to elsewhere, the browser does what it does.
document.addEventListener('click', event => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.('a[href]');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (/^\/(docs|redoc|api|openapi|asyncapi|metrics)(\/|$)/.test(link.pathname) || link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname, Object.fromEntries(new URLSearchParams(link.search)));
});
