// What the reader chose, kept in their browser only.
import { effect, signal } from './html.js';

// A browser that is told to keep nothing throws; a share can be looked at all the same.
const unlessRefused = what => {
  try {
    return what();
  } catch {
    return null;
  }
};

const kept = (name, start) => {
  const value = signal(unlessRefused(() => localStorage.getItem(name)) ?? start);
  effect(() => {
    const chosen = value.value;
    unlessRefused(() => localStorage.setItem(name, chosen));
  });
  return value;
};

/** The currency that values are told in. */
export const currency = kept('currency', 'USD');

/** '1' while amounts are hidden from whoever looks over the shoulder. */
export const hidden = kept('hidden', '');

/** 'light', 'dark' or '' for as the system has it. */
export const theme = kept('theme', '');
effect(() => {
  if (theme.value) document.documentElement.dataset.theme = theme.value;
  else delete document.documentElement.dataset.theme;
});
effect(() => document.documentElement.toggleAttribute('data-hidden', hidden.value === '1'));
