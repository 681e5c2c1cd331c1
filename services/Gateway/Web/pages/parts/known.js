// Names that many parts need, asked for once.
import { signal } from '../../lib/html.js';
import { api } from '../../lib/api.js';

const networks = signal([]);
let asked;

/** Every network, or none while they are not known. */
export function useNetworks() {
  asked ??= api.get('/networks').then(answer => { networks.value = answer.data; }, () => {
    // Asked again by a later drawing, but not by each of them.
    setTimeout(() => { asked = undefined; }, 5000);
  });
  return networks.value;
}

export const networkName = slug => useNetworks().find(each => each.network === slug)?.name ?? slug;
