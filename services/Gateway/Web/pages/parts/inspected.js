// What a pasted text is, as the server says while one types.
import { useEffect, useSignal } from '../../lib/html.js';
import { api } from '../../lib/api.js';
import { walletTexts } from '../../lib/texts.wallets.js';
import { isSecret, mayBecomeSecret } from './secret.js';

const wrapped = { pkh: key => `pkh(${key})`, 'sh(wpkh)': key => `sh(wpkh(${key}))`, wpkh: key => `wpkh(${key})`, tr: key => `tr(${key})` };

/** The one key within a descriptor, with where it comes from. */
const keyOf = descriptor => {
  const keys = descriptor?.match(/(?:\[[^\]]*\])?[xt]pub[1-9A-HJ-NP-Za-km-z]+(?:\/[0-9h'<>;*]+)*/g) ?? [];
  return keys.length === 1 ? keys[0] : null;
};

export const linesOf = text => text.split('\n').map(line => line.trim()).filter(Boolean);

/**
 * { text, set, secret, found, problem, blind, busy, script, network, chosen, options, asked }. What is seen to be a secret leaves the field and is
 * not sent;
 * `blind` where the server cannot look beforehand.
 */
export function useInspected() {
  const text = useSignal('');
  const secret = useSignal('');
  const found = useSignal(null);
  const problem = useSignal(null);
  const blind = useSignal(false);
  const busy = useSignal(false);
  const key = useSignal(null);
  const script = useSignal('');
  const network = useSignal('');
  const chosen = useSignal([]);
  const options = useSignal([]);

  const forget = why => {
    [text.value, secret.value, found.value, problem.value, key.value] = ['', why, null, null, null];
  };
  const set = value => {
    if (isSecret(value)) return forget(' ');
    // A space more changes nothing of what it is.
    if (value && value.trim() === text.value.trim()) {
      text.value = value;
      return;
    }

    [text.value, found.value, problem.value, script.value, network.value, key.value, chosen.value] = [value, null, null, '', '', null, []];
    if (value) secret.value = '';
  };
  const asked = script.value && key.value ? wrapped[script.value](key.value) : text.value.trim();

  useEffect(() => {
    if (!asked || blind.value || linesOf(text.value).length > 1) return;
    if (mayBecomeSecret(asked)) {
      found.value = { kind: 'unknown', networks: [], detail: walletTexts.welcome.noKind };
      return;
    }

    const abort = new AbortController();
    const later = setTimeout(async () => {
      busy.value = true;
      try {
        const answer = await api.post('/inspect', { text: asked, network: network.value || undefined }, { signal: abort.signal, keeps: false });
        if (answer.kind === 'secret') return forget(answer.detail);
        [found.value, problem.value] = [answer, null];
        if (!script.value && answer.kind === 'extended-key') key.value = keyOf(answer.normalized);
        // Asked for one of them, the server names that one first; the choice keeps its order.
        if (!network.value) options.value = answer.networks;
        if (chosen.value.length === 0) chosen.value = answer.networks.slice(0, 1);
      } catch (e) {
        if (e.name === 'AbortError') return;
        if (e.status === 404 || e.status === 405) blind.value = true;
        else problem.value = e;
      } finally {
        if (!abort.signal.aborted) busy.value = false;
      }
    }, 300);
    return () => {
      clearTimeout(later);
      abort.abort();
    };
  }, [asked, network.value, blind.value]);

  return { text, set, forget, secret, found, problem, blind, busy, key, script, network, chosen, options, asked };
}
