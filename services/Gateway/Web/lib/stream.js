// What happens now: one stream for the whole page, which goes on after the last position it was told.
import { signal } from './html.js';
import { api } from './api.js';
import { session } from './session.js';

/** 'live', 'connecting' or 'off'. */
export const streaming = signal('off');

const listeners = new Set();
let source;
let position;
let again;
let pause = 1000;

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
    position = undefined;
    for (const { listener } of [...listeners]) listener({ type: 'reset' });
    return;
  }

  tell(event);
};

const types = ['deposit_update', 'confirmation_update', 'deposit_completed', 'deposit_orphaned', 'deposit_replaced', 'deposit_dropped',
  'sync_progress', 'sync_completed', 'sync_waiting', 'sync_failed', 'balance_changed', 'balance_mismatch', 'rate_limit_alert', 'webhook_disabled', 'reset'];

export function startStream() {
  if (source || !session.value) return;
  streaming.value = 'connecting';
  source = new EventSource(`/api/v1/events${position ? `?after=${encodeURIComponent(position)}` : ''}`);
  source.onopen = () => {
    streaming.value = 'live';
    pause = 1000;
  };
  source.onmessage = received;
  for (const type of types) source.addEventListener(type, received);
  // The browser's own repetition ends at a refusal; ours goes on, ever more slowly, from where it was.
  source.onerror = () => {
    streaming.value = 'connecting';
    if (source?.readyState !== EventSource.CLOSED) return;
    stopStream('connecting');
    // Why it was refused a stream is not told. Any other request is, and who is here may be somebody else by now.
    api.get('/session').then(now => { if (now.userId !== session.value?.userId) session.value = now; }, () => { });
    again = setTimeout(startStream, pause);
    pause = Math.min(pause * 2, 30_000);
  };
}

export function stopStream(state = 'off') {
  clearTimeout(again);
  source?.close();
  source = undefined;
  streaming.value = state;
}
