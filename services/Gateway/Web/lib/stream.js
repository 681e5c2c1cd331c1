// What happens now: one stream for the whole page, which goes on after the last position it was told.
import { signal } from './html.js';
import { findSession, session } from './session.js';

/** 'live', 'connecting' or 'off'. */
export const streaming = signal('off');

const listeners = new Set();
let source;
let position;
let again;
let pause = 1000;
let isAway = false;
let leaving;

/** Calls `listener(event)` for each event of one of these types ('*' for all); gives what ends that. */
export function onEvent(types, listener) {
  const entry = { types, listener };
  listeners.add(entry);
  return () => listeners.delete(entry);
}

const tell = event => {
  for (const { types, listener } of [...listeners])
    if (types.includes('*') || types.includes(event.type)) listener(event);
};

const received = message => {
  if (message.lastEventId) position = message.lastEventId;
  let event;
  try {
    event = JSON.parse(message.data);
  } catch {
    return;
  }

  // What was missed cannot be told any more: whoever shows something asks for it anew.
  if (message.type === 'reset') {
    for (const { listener } of [...listeners]) listener({ type: 'reset' });
    return;
  }

  tell(event);
};

// With 'ready' the position is known before anything happens.
const types = ['ready', 'deposit_update', 'confirmation_update', 'deposit_completed', 'deposit_orphaned', 'deposit_replaced', 'deposit_dropped',
  'sync_progress', 'sync_completed', 'sync_waiting', 'sync_failed', 'balance_changed', 'balance_mismatch', 'rate_limit_alert', 'webhook_disabled',
  'reset'];

export function startStream() {
  if (source || isAway || !session.value) return;
  streaming.value = 'connecting';
  source = new EventSource(`/api/v1/events${position ? `?after=${encodeURIComponent(position)}` : ''}`);
  source.onopen = () => {
    streaming.value = 'live';
    pause = 1000;
  };
  source.onmessage = received;
  for (const type of types) source.addEventListener(type, received);
  // The browser's own repetition ends at a refusal, and does not say whether the session is over. Ours asks that, and goes on, ever more
  // slowly, from where it was.
  source.onerror = () => {
    streaming.value = 'connecting';
    if (source?.readyState !== EventSource.CLOSED) return;
    stopStream('connecting');
    again = setTimeout(() => findSession().catch(() => { }).then(startStream), pause);
    pause = Math.min(pause * 2, 30_000);
  };
}

export function stopStream(state = 'off') {
  clearTimeout(again);
  source?.close();
  source = undefined;
  streaming.value = state;
}

// Where HTTP/1.1 is spoken a browser has six connections for all tabs together, and a stream takes one: with six tabs, none would get anything
// any more. A tab that nobody looks at lets go of its own, and has what happened meanwhile when somebody does.
document.addEventListener('visibilitychange', () => {
  clearTimeout(leaving);
  if (document.hidden) {
    leaving = setTimeout(() => {
      isAway = true;
      stopStream();
    }, 5000);
    return;
  }

  isAway = false;
  startStream();
});
