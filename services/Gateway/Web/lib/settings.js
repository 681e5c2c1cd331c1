// What the reader chose, kept in their browser only.
import { effect, signal } from './html.js';

const kept = (name, start) => {
  const value = signal(localStorage.getItem(name) ?? start);
  effect(() => localStorage.setItem(name, value.value));
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
