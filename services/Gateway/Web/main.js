// The frame around every page: where one can go, what one sees amounts in, and whether what one sees is live.
import { Fragment, effect, html, render, useEffect, useSignal } from './lib/html.js';
import { api, online } from './lib/api.js';
import { findSession, logOut, session } from './lib/session.js';
import { startStream, stopStream, streaming } from './lib/stream.js';
import { path } from './lib/route.js';
import { currency, hidden, theme } from './lib/settings.js';
import { Heading, Refused } from './lib/parts.js';
import { texts } from './lib/texts.js';

const t = texts.app;

// A page is loaded when it is first seen; a path with a hole gives what stands there as `id`.
const pages = [
  ['/', 'overview', () => import('./pages/overview.js')],
  ['/wallets', 'wallets', () => import('./pages/wallets.js')],
  ['/wallets/:id', 'wallets', () => import('./pages/wallet.js')],
  ['/transactions', 'transactions', () => import('./pages/transactions.js')],
  ['/deposits', 'deposits', () => import('./pages/deposits.js')],
  ['/issues', 'issues', () => import('./pages/issues.js')],
  ['/reports', 'reports', () => import('./pages/reports.js')],
  ['/settings', 'settings', () => import('./pages/settings.js')],
  ['/welcome', null, () => import('./pages/welcome.js')],
];

function find(at) {
  for (const [pattern, name, load] of pages) {
    const wanted = pattern.split('/');
    const told = at.split('/');
    if (wanted.length !== told.length) continue;
    if (wanted.every((part, i) => part.startsWith(':') ? told[i] : part === told[i]))
      return { pattern, name, load, id: told[wanted.findIndex(part => part.startsWith(':'))] };
  }
}

function Page({ load, id }) {
  const found = useSignal(null);
  useEffect(() => {
    let gone = false;
    load().then(module => { if (!gone) found.value = module.default; }, () => {
      // What could not be had once a browser does not ask for again, but with the whole page.
      if (!gone) found.value = () => html`<${Refused} problem=${{ message: t.notLoaded }} again=${() => location.reload()} />`;
    });
    return () => { gone = true; };
  }, [load]);
  return found.value ? html`<${found.value} id=${id} />` : html`<p class="loading" role="status">${texts.common.loading}</p>`;
}

function View() {
  const currencies = useSignal([]);
  const stays = useSignal('');
  const leave = () => logOut().catch(e => { if (e.status !== 401) stays.value = e.message; });
  useEffect(() => { api.get('/currencies').then(answer => { currencies.value = answer.data.map(each => each.code); }, () => { }); }, []);
  const known = currencies.value.includes(currency.value) ? currencies.value : [currency.value, ...currencies.value];
  return html`<div class="view">
    <label><span class="unseen">${t.currency}</span>
      <select value=${currency.value} onChange=${e => { currency.value = e.currentTarget.value; }}>
        ${known.map(each => html`<option value=${each} selected=${each === currency.value}>${each}</option>`)}
      </select></label>
    <button type="button" aria-pressed=${hidden.value === '1'} onClick=${() => { hidden.value = hidden.value === '1' ? '' : '1'; }}
      title=${hidden.value === '1' ? t.show : t.hide}><span aria-hidden="true">${hidden.value === '1' ? '◌' : '◉'}</span><span class="unseen">${t.hide}</span></button>
    <details class="menu">
      <summary class="button" title=${t.more}><span aria-hidden="true">⋯</span><span class="unseen">${t.more}</span></summary>
      <div>
        <label>${t.theme}
          <select value=${theme.value} onChange=${e => { theme.value = e.currentTarget.value; }}>
            <option value="" selected=${!theme.value}>${t.system}</option>
            <option value="light" selected=${theme.value === 'light'}>${t.light}</option>
            <option value="dark" selected=${theme.value === 'dark'}>${t.dark}</option>
          </select></label>
        <button type="button" onClick=${leave}>${t.logOut}</button>
        ${stays.value && html`<p class="wrong" role="alert">${stays.value}</p>`}
      </div>
    </details>
  </div>`;
}

function Frame() {
  const page = find(path.value);
  return html`<${Fragment}>
    <a class="skip" href="#content">${t.skip}</a>
    <header class="top">
      <a class="brand" href="/"><img src="/web/icon.svg" alt="" width="24" height="24" />${t.name}</a>
      <nav aria-label=${t.menu}>${Object.entries(t.pages).map(([name, title]) => {
        const [to] = pages.find(each => each[1] === name);
        return html`<a href=${to} aria-current=${page?.name === name ? 'page' : undefined}>${title}</a>`;
      })}</nav>
      <${View} />
    </header>
    <div role="status" class="state">
      ${!online.value ? html`<p class="notice notice-warn">${t.offline}</p>` : streaming.value === 'connecting' && html`<${Interrupted} />`}
    </div>
    <main id="content" tabindex="-1">
      ${page ? html`<${Page} key=${page.pattern + page.id} load=${page.load} id=${page.id} />`
        : html`<${Heading} title=${t.notFound} /><p><a href="/">${t.home}</a></p>`}
    </main>
  </${Fragment}>`;
}

// Said only when it lasts: a stream that begins anew within a moment is nobody's worry.
function Interrupted() {
  const lasts = useSignal(false);
  useEffect(() => {
    const later = setTimeout(() => { lasts.value = true; }, 3000);
    return () => clearTimeout(later);
  }, []);
  return lasts.value && html`<p class="notice notice-warn">${t.reconnecting}</p>`;
}

const logIn = () => import('./pages/login.js');
const shared = () => import('./pages/shared.js');

function App() {
  const problem = useSignal(null);
  const isShared = path.value === '/shared';
  useEffect(() => {
    if (isShared) return;
    const ask = () => findSession().then(() => { problem.value = null; }, failure => {
      problem.value = failure;
      setTimeout(ask, (failure.retryAfter ?? 2) * 1000);
    });
    ask();
  }, []);
  if (isShared) return html`<main id="content"><${Page} load=${shared} /></main>`;
  if (session.value === undefined)
    return html`<main id="content">${problem.value ? html`<${Refused} problem=${problem.value} />` : html`<p class="loading" role="status">${texts.common.loading}</p>`}</main>`;
  if (!session.value) return html`<main id="content"><${Page} load=${logIn} /></main>`;
  return html`<${Frame} />`;
}

// Nothing of a former reader stays in the page: neither what was read, nor where the stream was in their feed.
let reader;
effect(() => {
  const now = session.value?.userId;
  if (reader && now !== reader) {
    stopStream();
    location.reload();
    return;
  }

  reader = now;
  if (now) startStream(); else stopStream();
});
// What a browser kept as it was, to go back to, may be of somebody who is gone.
addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
// While nothing answers, somebody has to notice that it is back.
effect(() => { if (!online.value) { const look = setInterval(() => api.get('/health').catch(() => { }), 3000); return () => clearInterval(look); } });

render(html`<${App} />`, document.getElementById('app'));
