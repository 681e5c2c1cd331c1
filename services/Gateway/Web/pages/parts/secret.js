// Seed phrases and private keys, recognised before anything is sent anywhere. The server looks once more, and closer.
const word = '(?:\\d{1,2}[.):]?\\s*)?\\p{L}[\\p{L}\\p{M}]{1,11}';
const forms = [
  new RegExp(`^[\\["'\\s]*${word}(?:["'\\s,;.]+${word}){10,32}[\\]"'\\s,;.]*$`, 'u'),
  /^(?:\p{Script=Han}\s*){12,24}$/u,
  /^(?:0[xX])?(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{128})$/,
  /[a-zA-Z]prv[1-9A-HJ-NP-Za-km-z]{40,}/,
  /^(?:[5KLc9QT6][1-9A-HJ-NP-Za-km-z]{49,52}|6P[1-9A-HJ-NP-Za-km-z]{56}|[1-9A-HJ-NP-Za-km-z]{85,88})$/,
  /^\[\s*\d{1,3}\s*(?:,\s*\d{1,3}\s*){31,63},?\s*\]?$/,
];

const is = text => forms.some(form => form.test(text));

/** Whether the text, or a line of it, looks like what nobody may see. */
export const isSecret = text => is(text.trim()) || text.split('\n').some(line => is(line.trim()));

// Bitcoin's shortest addresses; a phrase's first word is shorter by far.
const shortest = 25;

/** Whether it may become one while it is typed: too short for anything public, words with spaces, or the beginning of a private key. */
export const mayBecomeSecret = text => text.trim().length < shortest || /^[^\p{L}]*\p{L}+[\s,;]+[^\p{L}]*\p{L}/u.test(text.trim()) || /^[a-zA-Z]prv/.test(text.trim());
