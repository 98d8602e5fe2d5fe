/** The part of the page about the life cycle: one timeline on which every row has the same scale. */
import { daysBetween, type LifeCycleEvent } from '../../baseline/domain/life-cycle.ts';
import { html, nothing, type Markup } from './markup.ts';
import { percent } from './page-charts.ts';
import type { PageWords } from './page-words.ts';
import type { Report } from './report.ts';

const kindWords = {
  release: 'kindRelease',
  ceph: 'kindCeph',
  subscription: 'kindSubscription',
  'subscription-info': 'kindSubscriptionInfo',
  contract: 'kindContract',
  'signing-key': 'kindSigningKey',
  'upstream-key': 'kindUpstreamKey',
  'key-policy': 'kindKeyPolicy',
  visit: 'nextVisit',
} as const;
const stateWords = {
  past: 'statePast',
  visit: 'stateVisit',
  soon: 'stateSoon',
  later: 'stateLater',
  undated: 'stateUndated',
} as const;
const marks = { past: '■ ', visit: '▲ ', soon: '▲ ', later: '', undated: '' } as const;
/** Later days stand at the end of the scale. */
const mostDays = 5 * 365;

export function lifeCycleSection({ lifeCycle, made, nextVisit }: Report, words: PageWords): Markup {
  const today = made.slice(0, 10);
  const scale = scaleOf(lifeCycle, today);
  const rows = lifeCycle.map((event) => eventRow(event, { words, today, nextVisit, scale }));
  const body =
    lifeCycle.length === 0
      ? html`<p>${words.noLifeCycle}</p>`
      : html`<p class="note">${words.lifeCycleNote}</p><div class="timeline">${axis(scale, { today, words })}${rows}</div>`;
  return html`<section id="life-cycle"><h2>${words.lifeCycle}</h2>${body}</section>`;
}

interface Scale {
  firstDay: number;
  days: number;
}

/** From the earliest event, at most a year ago, to the latest. In days from today. */
function scaleOf(events: readonly LifeCycleEvent[], today: string): Scale {
  const days = events.flatMap(({ date }) => (date === null ? [] : [daysBetween(today, date)]));
  const firstDay = Math.max(-365, Math.min(-30, ...days));
  const lastDay = Math.min(mostDays, Math.max(365, ...days));
  return { firstDay, days: lastDay - firstDay };
}

function place({ firstDay, days }: Scale, day: number): string {
  // A mark at the very edge would be cut in half.
  return percent(0.015 + (0.97 * (Math.min(firstDay + days, Math.max(firstDay, day)) - firstDay)) / days);
}

/** The beginnings of the years. */
function axis(scale: Scale, { today, words }: { today: string; words: PageWords }): Markup {
  const first = Number(today.slice(0, 4)) - 1;
  const years = Array.from({ length: 8 }, (_, index) => String(first + index))
    .map((year) => ({ year, day: daysBetween(today, `${year}-01-01`) }))
    .filter(({ day }) => day > scale.firstDay && day < scale.firstDay + scale.days * 0.94);
  const ticks = years.map(
    ({ year, day }) =>
      html`<line class="tick" x1="${place(scale, day)}" x2="${place(scale, day)}" y1="18" y2="24"/><text x="${place(scale, day)}" y="14">${year}</text>`,
  );
  return html`<div class="row axis"><span class="soft">${words.today}: ${today}</span><svg width="100%" height="24" aria-hidden="true">${ticks}</svg></div>`;
}

function eventRow(
  event: LifeCycleEvent,
  about: { words: PageWords; today: string; nextVisit: string | null; scale: Scale },
): Markup {
  const { words, today, nextVisit, scale } = about;
  const { kind, subject, date, note, concerns, state } = event;
  const visit =
    nextVisit === null
      ? nothing
      : html`<line class="next-visit" x1="${place(scale, daysBetween(today, nextVisit))}" x2="${place(scale, daysBetween(today, nextVisit))}" y1="0" y2="24"/>`;
  const title = kind === 'visit' ? words.nextVisit : subject;
  const day = date === null ? words.stateUndated : `${date}, ${words[stateWords[state]]}`;
  const end = date === null ? nothing : mark(place(scale, daysBetween(today, date)), state);
  return html`<div class="row ${state}"><span><b>${marks[state]}${title}</b> <small>${kind === 'visit' ? '' : words[kindWords[kind]]}</small><br>
<span>${day}</span><small lang="en">${note === '' ? '' : ` ${note}`}${concerns.length === 0 ? '' : ` (${concerns.join(', ')})`}</small></span>
<svg role="img" aria-label="${title}: ${day}" width="100%" height="24"><title>${title}: ${day}</title><line class="rail" x1="0" x2="100%" y1="12" y2="12"/>
<line class="today" x1="${place(scale, 0)}" x2="${place(scale, 0)}" y1="0" y2="24"/>${visit}${end}</svg></div>`;
}

/** A form for each state, so that none is told by its colour alone. */
function mark(x: string, state: LifeCycleEvent['state']): Markup {
  if (state === 'past')
    return html`<svg x="${x}" y="12" overflow="visible"><rect class="end" x="-6" y="-6" width="12" height="12"/></svg>`;
  if (state === 'visit' || state === 'soon')
    return html`<svg x="${x}" y="12" overflow="visible"><path class="end" d="M0-8 8 6H-8Z"/></svg>`;
  return html`<circle class="end" cx="${x}" cy="12" r="6"/>`;
}
