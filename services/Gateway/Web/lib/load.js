// One way to show what the API answers: waiting, refused, or there; asked again when something happened.
import { useEffect, useSignal } from './html.js';
import { online } from './api.js';
import { onEvent } from './stream.js';

/**
 * Asks by `ask(abort)` now, whenever one of `inputs` changes, when the gateway is back, and soon after an event of one of the types in
 * `events` (with `wallet`: about that one). Gives { data, problem, busy, again }: what was there stays there while it is asked again.
 */
export function useLoad(ask, inputs = [], { events = [], wallet } = {}) {
  const data = useSignal(null);
  const problem = useSignal(null);
  const busy = useSignal(true);
  const turn = useSignal(0);
  const back = online.value;

  useEffect(() => {
    const abort = new AbortController();
    busy.value = true;
    ask(abort.signal).then(
      answer => {
        if (abort.signal.aborted) return;
        [data.value, problem.value, busy.value] = [answer, null, false];
      },
      failure => {
        if (abort.signal.aborted || failure.name === 'AbortError') return;
        [problem.value, busy.value] = [failure, false];
      });
    return () => abort.abort();
  }, [...inputs, turn.value, back]);

  // While it cannot be had it is tried again, as late as the server asks.
  useEffect(() => {
    const failure = problem.value;
    if (!failure || !(failure.status === 0 || failure.status === 429 || failure.status >= 500)) return;
    const later = setTimeout(() => turn.value++, Math.max(failure.retryAfter ?? 2, 1) * 1000);
    return () => clearTimeout(later);
  }, [problem.value]);

  useEffect(() => {
    if (events.length === 0) return;
    let later = 0;
    const stop = onEvent(events, event => {
      if (wallet && event.walletId && event.walletId !== wallet) return;
      // Many events at once are one reason to ask.
      later ||= setTimeout(() => {
        later = 0;
        turn.value++;
      }, 400);
    });
    return () => {
      clearTimeout(later);
      stop();
    };
  }, [events.join(), wallet]);

  return { data: data.value, problem: problem.value, busy: busy.value, again: () => turn.value++ };
}
