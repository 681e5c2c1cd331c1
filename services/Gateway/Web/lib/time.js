// Times in the reader's zone; the same in UTC where one hovers or listens.
import { signal } from './html.js';

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** What time it is, often enough for whoever says how long ago something was. */
export const now = signal(Date.now());
setInterval(() => { now.value = Date.now(); }, 20_000);

/** Where a day of the calendar begins for the reader. Alone, '2026-03-01' would be London's midnight: the day before, west of it. */
const startOf = day => new Date(`${day}T00:00`);
const isDay = at => /^\d{4}-\d\d-\d\d$/.test(at);

export const timeText = at => full.format(new Date(at));
/** A day as it is called everywhere, or the reader's day of an instant. */
export const dayText = at => day.format(isDay(at) ? startOf(at) : new Date(at));
/** The day of an instant where days go by UTC, as they do in what is counted by them. */
export const utcDayText = at => dayText(new Date(at).toISOString().slice(0, 10));
export const utcText = at => `${new Date(at).toISOString().replace('T', ' ').replace(/\.\d+Z$/, '')} UTC`;
/** A day's place on an axis of the reader's time, in seconds. */
export const placeOf = day => startOf(day).getTime() / 1000;
/** The last instant of the reader's day. */
export const endOf = day => new Date(`${day}T23:59:59`).toISOString();

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
