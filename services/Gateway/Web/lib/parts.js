// The few things that pages are made of.
import { html, useEffect, useRef, useSignal } from './html.js';
import { hidden } from './settings.js';
import { coins, value } from './money.js';
import { now, relative, timeText, utcText } from './time.js';
import { texts } from './texts.js';

const t = texts.common;

/** The heading of a page; takes the focus when one comes from another page, so that a screen reader tells where one is. */
export function Heading({ title, children }) {
  useEffect(() => { document.title = `${title} · ${texts.app.name}`; }, [title]);
  return html`<header class="heading"><h1 tabindex="-1">${title}</h1>${children}</header>`;
}

/** A box with a heading of its own. */
export function Card({ title, children, actions, class: kind = '' }) {
  return html`<section class=${`card ${kind}`} aria-label=${title}>
    ${title && html`<div class="card-head"><h2>${title}</h2>${actions}</div>`}
    ${children}
  </section>`;
}

const Hidden = () => html`<span class="hidden-amount" aria-label=${t.hiddenAmount}>•••••</span>`;

/** An API's amount of a coin, every digit of it. */
export function Coins({ of, signed = false }) {
  if (!of) return html`<span class="muted">${t.none}</span>`;
  if (hidden.value === '1') return html`<${Hidden} />`;
  const text = coins(of);
  return html`<span class="amount">${signed && !text.startsWith('\u2212') ? '+' : ''}${text}</span>`;
}

/** A value of money; `null` is a value that is not known, never zero. */
export function Worth({ of, why = t.unknownWorth }) {
  if (!of) return html`<span class="muted">${why}</span>`;
  if (hidden.value === '1') return html`<${Hidden} />`;
  return html`<span class="amount">${value(of)}</span>`;
}

/** A status as a word with a colour; the word alone says it. */
export function Badge({ of, title }) {
  return html`<span class=${`badge badge-${of}`} title=${title}>${texts.status[of] ?? of}</span>`;
}

/** A time: what the reader's clock said, or how long ago; UTC on hover. */
export function Time({ at, near = false }) {
  if (!at) return html`<span class="muted">${t.none}</span>`;
  return html`<time datetime=${at} title=${`${timeText(at)} · ${utcText(at)}`}>${near ? relative(at, now.value) : timeText(at)}</time>`;
}

export const AsOf = ({ at }) => at && html`<p class="as-of">${t.asOf('')}<${Time} at=${at} /></p>`;

/** A long id with its middle shortened: whole on hover, to screen readers and to the clipboard. */
export function Id({ text, href, keep = 8 }) {
  if (!text) return html`<span class="muted">${t.none}</span>`;
  const short = text.length > keep * 2 + 1 ? `${text.slice(0, keep)}…${text.slice(-keep)}` : text;
  const shown = html`<span aria-hidden="true">${short}</span><span class="unseen">${text}</span>`;
  return html`<span class="id" title=${text}>${href ? html`<a href=${href}>${shown}</a>` : shown}<${Copy} text=${text} /></span>`;
}

export function Copy({ text, what = t.copy }) {
  const done = useSignal(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without a secure context there is no clipboard; an old way works there.
      const field = Object.assign(document.createElement('textarea'), { value: text, className: 'unseen' });
      document.body.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
    }

    done.value = true;
    setTimeout(() => { done.value = false; }, 1500);
  };
  return html`<button type="button" class="copy" onClick=${copy} aria-label=${`${what} ${text}`} title=${done.value ? t.copied : what}>
    ${done.value ? '✓' : html`<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.4">
      <rect x="5" y="5" width="9" height="9" rx="2" /><path d="M11 5V4a2 2 0 0 0-2-2H4a2 2 0 0 0-2 2v5a2 2 0 0 0 2 2h1" /></svg>`}<span class="unseen" role="status">${done.value ? t.copied : ''}</span></button>`;
}

/** What went wrong, in words, with what one can do about it and the id an operator finds it by. */
export function Refused({ problem, again }) {
  return html`<div class="notice notice-bad" role="alert">
    <p>${problem.message}</p>
    ${problem.errors?.length > 1 && html`<ul>${problem.errors.map(each => html`<li>${each.detail}</li>`)}</ul>`}
    <p class="muted small">${problem.trace && t.trace(problem.trace)}</p>
    ${again && html`<button type="button" onClick=${again}>${t.tryAgain}</button>`}
  </div>`;
}

/** Nothing is there, and what to do next. */
export function Empty({ title, lead, children }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${lead && html`<p>${lead}</p>`}${children}</div>`;
}

/** What useLoad gave: its answer by `children(data)`, or why there is none. */
export function Loaded({ of, children }) {
  if (of.data !== null && of.data !== undefined) return html`${of.problem && html`<${Refused} problem=${of.problem} again=${of.again} />`}${children(of.data)}`;
  if (of.problem) return html`<${Refused} problem=${of.problem} again=${of.again} />`;
  return html`<p class="loading" role="status">${t.loading}</p>`;
}

/** A progress with its figure; without one it says only that it goes on. */
export function Progress({ percent, label }) {
  return html`<progress max="100" value=${percent ?? undefined} aria-label=${label}>${percent ?? ''}</progress>`;
}

/** A dialogue of the browser's own: Escape closes it, the focus stays inside and goes back afterwards. */
export function Dialog({ title, close, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    shown.showModal();
    return () => {
      shown.close();
      // Taken out of the page, it gives the focus to nobody.
      requestAnimationFrame(() => (before?.isConnected ? before : document.querySelector('main h1'))?.focus());
    };
  }, []);
  return html`<dialog ref=${dialog} aria-label=${title} onClose=${close} onCancel=${close}>
    <div class="card-head"><h2>${title}</h2><button type="button" class="plain" onClick=${close} aria-label=${t.close}>✕</button></div>
    ${children}
  </dialog>`;
}

/** A field with its label, its hint and what is wrong with it. */
export function Field({ label, hint, problem, children, id }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${problem && html`<p class="wrong" id=${`${id}-wrong`} role="alert">${problem}</p>`}
  </div>`;
}

/**
 * Many rows of one height, of which only those in sight are drawn. `row(item, index)` draws a table row's cells.
 * `near` is called when the end comes into sight.
 */
export function Rows({ items, height = 44, row, columns, label, near, total }) {
  const box = useRef(null);
  const top = useSignal(0);
  const room = useSignal(800);
  useEffect(() => {
    const element = box.current;
    const watch = new ResizeObserver(() => { room.value = element.clientHeight || 800; });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(top.value / height) - 10);
  const last = Math.min(items.length, Math.ceil((top.value + room.value) / height) + 10);
  useEffect(() => { if (near && last >= items.length - 20) near(); }, [last, items.length]);
  return html`<div class="rows" ref=${box} tabindex="0" role="region" aria-label=${label} onScroll=${e => { top.value = e.currentTarget.scrollTop; }}>
    <table aria-rowcount=${total ?? items.length}>
      <thead><tr>${columns.map(column => html`<th scope="col" class=${column.class ?? ''}>${column.title}</th>`)}</tr></thead>
      <tbody>
        ${first > 0 && html`<tr aria-hidden="true"><td colspan=${columns.length} style=${{ height: `${first * height}px`, padding: 0, border: 0 }}></td></tr>`}
        ${items.slice(first, last).map((item, i) => html`<tr key=${item.key ?? first + i} aria-rowindex=${first + i + 2} style=${{ height: `${height}px` }}>${row(item, first + i)}</tr>`)}
        ${last < items.length && html`<tr aria-hidden="true"><td colspan=${columns.length} style=${{ height: `${(items.length - last) * height}px`, padding: 0, border: 0 }}></td></tr>`}
      </tbody>
    </table>
  </div>`;
}
