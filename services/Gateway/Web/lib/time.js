// Times in the reader's zone; the same in UTC where one hovers or listens.

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export const timeText = at => full.format(new Date(at));
export const dayText = at => day.format(new Date(at));
export const utcText = at => `${new Date(at).toISOString().replace('T', ' ').replace(/\.\d+Z$/, '')} UTC`;

/** '5 minutes ago', 'in 2 hours'. */
export function relative(at, now = Date.now()) {
  const seconds = Math.round((new Date(at) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return seconds <= 0 ? 'just now' : 'in a moment';
  if (size < 3600) return ago.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return ago.format(Math.round(seconds / 3600), 'hour');
  if (size < 30 * 86_400) return ago.format(Math.round(seconds / 86_400), 'day');
  return dayText(at);
}
