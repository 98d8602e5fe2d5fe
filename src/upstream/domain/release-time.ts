/**
 * Parses times of a Release file in the forms that apt reads: RFC 1123, asctime and RFC 850, all in UTC. apt does not
 * recognise a time in another zone, and continues without it.
 */
import { formatTime } from '../../core/domain/time.ts';

const weekday = '(?:sun|mon|tue|wed|thu|fri|sat)';
const clock = '(?<hours>\\d{1,2}):(?<minutes>\\d{1,2}):(?<seconds>\\d{1,2})\\S*';
const zone = '(?<zone>\\S+)';
const forms = [
  // Sat, 12 Sep 2026 07:55:41 UTC
  `${weekday},\\s+(?<day>\\d+)\\s+(?<month>[a-z]\\S*)\\s+(?<year>\\d+)\\s+${clock}\\s+${zone}`,
  // Sat Sep 12 07:55:41 2026
  `${weekday}\\s+(?<month>[a-z]\\S*)\\s+(?<day>\\d+)\\s+${clock}\\s+(?<year>\\d+)`,
  // Saturday, 12-Sep-126 07:55:41 UTC: the year counts from 1900.
  `${weekday}\\S+,\\s+(?<day>\\d+)-(?<month>[a-z][^-\\s]*)-(?<since1900>\\d+)\\s+${clock}\\s+${zone}`,
].map((form) => new RegExp(`^${form}$`, 'i'));

/** apt compares just enough letters to tell the English months apart; anything else is January. */
const months: readonly [RegExp, number][] = [
  [/^ap/i, 3],
  [/^a/i, 7],
  [/^d/i, 11],
  [/^f/i, 1],
  [/^j(?!a)(?=.n)/i, 5],
  [/^j(?!a)/i, 6],
  [/^m.r/i, 2],
  [/^m/i, 4],
  [/^n/i, 10],
  [/^o/i, 9],
  [/^s/i, 8],
];

/** Returns the RFC 3339 UTC form of such a time; undefined for text that apt does not read as a time. */
export function parseReleaseTime(text: string): string | undefined {
  for (const form of forms) {
    const found = form.exec(text.trim())?.groups;
    if (found !== undefined) return isUtc(found['zone']) ? timeOf(found) : undefined;
  }
  return undefined;
}

function timeOf(found: NonNullable<RegExpExecArray['groups']>): string | undefined {
  const numberOf = (name: string): number => Number(found[name] ?? 0);
  const year = found['since1900'] === undefined ? numberOf('year') : 1900 + numberOf('since1900');
  const [day, hours] = [numberOf('day'), numberOf('hours')];
  const [minutes, seconds] = [numberOf('minutes'), numberOf('seconds')];
  const isTime = day >= 1 && day <= 31 && hours <= 23 && minutes <= 59 && seconds <= 60;
  if (!isTime || year < 1 || year > 9998) return undefined;
  const month = months.find(([name]) => name.test(found['month'] ?? ''))?.[1] ?? 0;
  // The 31st of September becomes the first of October, as in timegm(3).
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(hours, minutes, seconds);
  return formatTime(date);
}

/** UTC by name, or a numeric zone of zero. */
function isUtc(name: string | undefined): boolean {
  return name === undefined || ['GMT', 'UTC', 'Z'].includes(name) || /^[+-]?0+$/.test(name);
}
