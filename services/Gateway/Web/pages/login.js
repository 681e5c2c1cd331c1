import { html, useEffect, useSignal } from '../lib/html.js';
import { logIn } from '../lib/session.js';
import { go, path } from '../lib/route.js';
import { Field, Heading } from '../lib/parts.js';
import { texts } from '../lib/texts.js';

const t = texts.login;

/** By a key, or by a link that works once: the link's word stands behind the #, which no server sees. */
export default function LogIn() {
  const key = useSignal('');
  const wrong = useSignal('');
  const busy = useSignal(false);

  const enter = async by => {
    [busy.value, wrong.value] = [true, ''];
    try {
      await logIn(by);
      if (path.value === '/login') go('/');
    } catch (e) {
      wrong.value = by.link && e.status === 401 ? t.linkOver : e.message;
    } finally {
      busy.value = false;
    }
  };

  useEffect(() => {
    const link = location.hash.slice(1);
    if (!link.startsWith('wl_')) return;
    history.replaceState(null, '', location.pathname);
    enter({ link });
  }, []);

  return html`<div class="alone">
    <${Heading} title=${t.title} />
    <p>${t.lead}</p>
    <form onSubmit=${e => { e.preventDefault(); enter({ key: key.value.trim() }); }}>
      <${Field} id="key" label=${t.key} hint=${t.noKey} problem=${wrong.value}>
        <input id="key" type="password" autocomplete="current-password" required spellcheck="false" value=${key.value}
          aria-describedby="key-hint" aria-invalid=${wrong.value ? 'true' : undefined} onInput=${e => { key.value = e.currentTarget.value; }} />
      </${Field}>
      <button class="main" disabled=${busy.value}>${busy.value ? t.byLink : t.submit}</button>
    </form>
  </div>`;
}
