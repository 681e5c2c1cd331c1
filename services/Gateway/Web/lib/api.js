// The public API, and nothing else: what a page can do here, any client can.
import { signal } from './html.js';

/** A refusal as the API tells it (RFC 9457). `status` is 0 where nothing answered. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body?.detail || body?.title || `The server answered ${status}.`);
    this.status = status;
    this.code = (body?.type ?? '').split('/').pop();
    this.title = body?.title;
    this.errors = body?.errors ?? [];
    this.trace = body?.instance;
    this.retryAfter = body?.retryAfterSeconds ?? retryAfter;
  }
}

/** Whether the gateway answers; false from the first request that nobody answered to the first that somebody did. */
export const online = signal(true);

/** Called when a request is refused for want of a session. */
export const unauthorized = { then: () => { } };

// randomUUID exists in secure contexts only, and a demo on another machine is none.
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map(each => each.toString(16).padStart(2, '0')).join('');

// The keys of writes that may have been done though nobody said so: repeated within a minute, they are the same write.
const unanswered = new Map();
const longest = 60_000;

function keyOf(write) {
  const known = unanswered.get(write);
  unanswered.delete(write);
  return known && Date.now() - known.at < longest ? known.key : newKey();
}

const addressOf = (path, query) => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null && value !== '') parameters.set(name, value);
  const text = parameters.toString();
  return `/api/v1${path}${text ? `?${text}` : ''}`;
};

async function ask(method, path, { query, body, signal: abort, headers = {}, form, keeps = true } = {}) {
  const writes = method !== 'GET';
  const address = addressOf(path, query);
  // A write whose answer is lost counts once when it is repeated; what stores nothing is not to be remembered by a key either.
  const write = method === 'POST' && keeps && !form ? `${address} ${JSON.stringify(body)}` : null;
  const key = write ? keyOf(write) : form ? newKey() : null;
  const lost = () => { if (write) unanswered.set(write, { key, at: Date.now() }); };
  let response;
  let answer;
  let isJson;
  try {
    response = await fetch(address, {
      method, signal: abort, credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        ...(writes ? { 'X-Csrf': '1' } : {}),
        ...(key ? { 'Idempotency-Key': key } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    isJson = /json/.test(response.headers.get('Content-Type') ?? '');
    answer = response.status === 204 ? null : isJson ? await response.json() : await response.text();
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    lost();
    online.value = false;
    throw new Problem(0, { detail: 'Nothing answers just now. It is tried again by itself.' });
  }

  online.value = true;
  if (response.ok) return answer;
  const problem = new Problem(response.status, isJson ? answer : null, Number(response.headers.get('Retry-After')) || undefined);
  if (problem.status >= 500 || problem.code === 'request-in-progress') lost();
  if (problem.status === 401) unauthorized.then();
  throw problem;
}

export const api = {
  get: (path, query, options) => ask('GET', path, { query, ...options }),
  post: (path, body, options) => ask('POST', path, { body, ...options }),
  put: (path, body, options) => ask('PUT', path, { body, ...options }),
  patch: (path, body, options) => ask('PATCH', path, { body, ...options }),
  delete: (path, options) => ask('DELETE', path, options),
  /** Sends a file as a form, as a browser's own form would. */
  upload: (path, file, query) => {
    const form = new FormData();
    form.append('file', file);
    return ask('POST', path, { form, query });
  },
  /** Every item of a list, page by page, at most `limit` of them. */
  all: async (path, query, limit = 2000) => {
    const items = [];
    let cursor;
    do {
      const page = await ask('GET', path, { query: { ...query, limit: 200, cursor } });
      items.push(...page.data);
      cursor = page.hasMore ? page.next : undefined;
    } while (cursor && items.length < limit);
    return items;
  },
  /** The address of a download, which the browser fetches by itself. */
  address: addressOf,
};
