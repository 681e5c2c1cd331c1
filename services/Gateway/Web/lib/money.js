// Amounts as text. A Number holds 15 digits and a balance may have 30, so figures are never made Numbers but to place a point of a chart.

const grouped = digits => digits.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');

/** '-1234.5' → its sign, its whole part and its fraction. */
function parts(text) {
  const [, sign, whole, fraction = ''] = /^([-+]?)(\d+)(?:\.(\d+))?$/.exec(String(text)) ?? [null, '', '0', ''];
  return { negative: sign === '-', whole: whole.replace(/^0+(?=\d)/, ''), fraction };
}

/** A decimal number with that many places, rounded half away from zero. */
export function rounded(text, places) {
  const { negative, whole, fraction } = parts(text);
  const scaled = BigInt(whole + fraction.padEnd(places, '0').slice(0, places)) + ((fraction[places] ?? '0') >= '5' ? 1n : 0n);
  const digits = scaled.toString().padStart(places + 1, '0');
  const result = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  return negative && scaled !== 0n ? `-${result}` : result;
}

/** Integer base units as a decimal number, with every digit that is there. */
export function decimal(amount, decimals) {
  const value = BigInt(amount);
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = decimals ? digits.slice(0, -decimals) : digits;
  const fraction = decimals ? digits.slice(-decimals).replace(/0+$/, '') : '';
  return `${value < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** A decimal number for reading: thousands set apart, a true minus sign. */
export function readable(text) {
  const { negative, whole, fraction } = parts(text);
  return `${negative ? '\u2212' : ''}${grouped(whole)}${fraction ? `.${fraction}` : ''}`;
}

/** What an API's amount of a coin is, with all its digits: '1 234.5 BTC'. */
export const coins = money => `${readable(decimal(money.amount, money.decimals))} ${money.symbol}`;

const signs = { USD: '$', EUR: '€', GBP: '£', JPY: '¥', CHF: 'CHF', BTC: '₿' };

/** A value of money: two places, four below one, eight for bitcoin. What is less than that can tell is not told as nothing. */
export function value(worth) {
  const small = signOf(worth.amount) !== 0 && /^[-+]?0(\.|$)/.test(worth.amount);
  const places = worth.currency === 'BTC' ? 8 : worth.currency === 'JPY' ? 0 : small ? 4 : 2;
  const shown = rounded(worth.amount, places);
  const less = small && signOf(shown) === 0;
  const text = readable(less ? decimal('1', places) : shown.replace('-', ''));
  const sign = signs[worth.currency];
  const front = `${less ? '< ' : ''}${signOf(worth.amount) < 0 && !less ? '\u2212' : ''}`;
  return sign ? `${front}${sign}${sign.length > 1 ? '\u00a0' : ''}${text}` : `${front}${text} ${worth.currency}`;
}

/** A place on an axis, in few letters: '$575k'. The only figure that is told from a Number, and it is one of the axis, not an amount. */
export function onAxis(number, currency) {
  const [size, letter] = [[1e9, 'bn'], [1e6, 'm'], [1e3, 'k']].find(([size]) => Math.abs(number) >= size) ?? [1, ''];
  const text = String(Number((number / size).toPrecision(4))).replace('-', '\u2212');
  const sign = signs[currency];
  return sign ? `${sign}${text}${letter}` : `${text}${letter}`;
}

/** A percentage for reading. */
export const percentText = text => `${readable(text)}\u00a0%`;

/** -1, 0 or 1. */
export function signOf(text) {
  const { negative, whole, fraction } = parts(text);
  return /^0*$/.test(whole + fraction) ? 0 : negative ? -1 : 1;
}

/** Two decimal numbers as whole ones of the same size, and how many places that takes. */
function scaled(a, b) {
  const places = Math.max(parts(a).fraction.length, parts(b).fraction.length);
  const [left, right] = [a, b].map(text => {
    const { negative, whole, fraction } = parts(text);
    return BigInt(whole + fraction.padEnd(places, '0')) * (negative ? -1n : 1n);
  });
  return { left, right, places };
}

/** a − b of two decimal numbers, exactly. */
export function difference(a, b) {
  const { left, right, places } = scaled(a, b);
  return decimal(left - right, places);
}

/** a + b of two decimal numbers, exactly. */
export function sum(a, b) {
  const { left, right, places } = scaled(a, b);
  return decimal(left + right, places);
}

/** An order for a list: the most valuable first, then what has no value, then what does not count. */
export const byValue = (a, b) => !!a.leftOut - !!b.leftOut || !a.value - !b.value
  || (a.value ? signOf(difference(b.value.amount, a.value.amount)) : 0);

/** part / whole in per cent with two places, or null where there is no whole. */
export function percent(part, whole) {
  if (signOf(whole) === 0) return null;
  const { left, right } = scaled(part, whole);
  return rounded(decimal(left * 1_000_000n / right, 4), 2);
}

/**
 * A decimal number that somebody wrote, with a point or a comma; null where it is none. '1,234' is none either: one reader means a thousand by
 * it, and another one less than two.
 */
export function written(text) {
  const plain = text.replace(/[\s\u202f]/g, '');
  return /^(?:\d+(?:[.,]\d*)?|[.,]\d+)$/.test(plain) && !/^[1-9]\d{0,2},\d{3}$/.test(plain) ? plain.replace(',', '.') : null;
}

/** A decimal number that somebody wrote as base units, or null where it is none or has more places than there are. */
export function units(text, decimals) {
  const [, whole, fraction = ''] = /^(\d*)\.?(\d*)$/.exec(written(text) ?? '') ?? [];
  if (!whole && !fraction || fraction.length > decimals) return null;
  return BigInt(whole + fraction.padEnd(decimals, '0')).toString();
}
