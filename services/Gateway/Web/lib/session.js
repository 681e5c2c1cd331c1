// Who is here: a cookie that no script can read, and what the server says about it.
import { signal } from './html.js';
import { api, unauthorized } from './api.js';

/** What the server says of the session; null without one, undefined before it was asked. */
export const session = signal(undefined);

unauthorized.then = () => { if (session.value) session.value = null; };

export async function findSession() {
  try {
    session.value = await api.get('/session');
  } catch (e) {
    if (e.status !== 401) throw e;
    session.value = null;
  }
}

/** Logs in by `{ key }` or by `{ link }`, a link that works once. */
export async function logIn(by) {
  // A secret is in it, which is not remembered for a repetition.
  session.value = await api.post('/session', by, { keeps: false });
}

export async function logOut() {
  await api.delete('/session');
  session.value = null;
}

/** Whether the reader may do what needs this scope. */
export const may = scope => !!session.value?.scopes.some(each => each === scope || each === 'admin');
