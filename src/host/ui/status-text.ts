/** Formats the outcome of `status` for people. */
import { printableName } from '../../core/domain/printable.ts';
import { entriesOf } from '../../core/domain/named.ts';
import { waitingText } from '../../bundle/domain/incoming.ts';
import type { HostStatus, OnlineStatus, Status } from '../domain/status.ts';
import { operationText } from '../../store/domain/journal.ts';
import { formatDuration, formatFields } from '../../core/ui/format.ts';
import { upgradePlanText } from '../../apt/ui/upgrade-plan-text.ts';

export function statusText({ online, host }: Status): string {
  const parts = [
    ...(online === null ? [] : [onlineText(online)]),
    ...(host === null ? [] : [hostText(host)]),
  ];
  if (parts.length > 0) return parts.join('\n\n');
  return 'There is neither a config nor a store here. Begin with "pommgr init" online or "pommgr apply" offline.';
}

function onlineText({ file, track, baseline, maxAgeDays, tooOld, ending }: OnlineStatus): string {
  const facts = formatFields({
    Config: file,
    Track: track,
    'Last baseline': baseline?.name ?? 'none yet: run "pommgr snapshot"',
    ...(baseline === null
      ? {}
      : { Digest: baseline.digest, Made: `${baseline.created}, ${formatDuration(baseline.ageSeconds)} ago` }),
  });
  const fields = [facts, ...ending.map((text) => `Warning: ${text}`)].join('\n');
  if (!tooOld) return fields;
  const what = baseline === null ? 'There is no baseline yet' : 'The last baseline is too old';
  return `${fields}\nProblem: ${what}: status.maxAgeDays of the config is ${maxAgeDays}.\nRun "pommgr snapshot"; if a timer does, "systemctl status pommgr-snapshot" says why it failed.`;
}

function hostText({ store, applied, previous, pins, stored, remotes, ...host }: HostStatus): string {
  const { problems, otherSources, replacedSources, interrupted, interruptedRestore, waiting, plan } = host;
  const parts = [
    formatFields({
      Store: store,
      Applied: applied?.baseline ?? 'none',
      ...(applied === null
        ? {}
        : { Digest: applied.digest, Since: applied.since, Track: applied.track, Target: applied.target }),
      ...(previous === null ? {} : { 'Rollback to': previous }),
      ...(pins === null ? {} : { Pins: `${pins.scope}, to ${pins.baseline}` }),
      ...(host.approval === null ? {} : { Approval: approvalText(host.approval) }),
      'In the store': stored.join(', ') || 'none',
      ...(entriesOf(remotes).length === 0 ? {} : { 'Used from elsewhere': remotesText(remotes) }),
    }),
  ];
  if (interrupted !== null) {
    const { operation, baseline, started } = interrupted;
    parts.push(
      `Interrupted: ${operationText(operation, baseline)}, begun at ${started}. The next "pommgr apply" or "pommgr doctor --repair" ends it.`,
    );
  }
  if (interruptedRestore !== null) {
    const { baseline, started } = interruptedRestore;
    parts.push(
      `Interrupted: the restore to ${baseline}, begun at ${started}. Run the same "pommgr restore" again: it goes on from there.`,
    );
  }
  if (waiting !== null) {
    parts.push(
      `Waiting for a medium, since ${waiting.started}: ${waitingText(waiting)}. Run "pommgr apply" with it.`,
    );
  }
  for (const { what, hint } of problems) parts.push(`Problem: ${what}\n${hint}`);
  if (replacedSources !== null) parts.push(replacedText(replacedSources));
  if (otherSources.length > 0) {
    const lines = otherSources.map((path) => `  ${path}`);
    parts.push(['Other active APT sources (the next "pommgr apply" disables them):', ...lines].join('\n'));
  }
  if (plan !== null) parts.push(upgradePlanText(plan));
  return parts.join('\n');
}

function approvalText({ threshold, approvals, objections }: NonNullable<HostStatus['approval']>): string {
  const by = approvals.map(({ by: name, until }) => `${printableName(name)} until ${until}`);
  const found = by.length === 0 ? 'none that counts today' : by.join(', ');
  const others = objections.map(({ text }) => text);
  return [`${found} (${threshold} required to apply)`, ...others].join('; ');
}

function replacedText({ path, disabled }: NonNullable<HostStatus['replacedSources']>): string {
  return [
    `${path} was replaced by a file, as the web interface does when an entry is switched off or on:`,
    disabled.length === 0 ? '  every entry is on' : `  ${disabled.length} off: ${disabled.join(', ')}`,
    '"pommgr doctor --repair" or the next "pommgr apply" puts the link to the baseline back.',
  ].join('\n');
}

function remotesText(remotes: HostStatus['remotes']): string {
  return entriesOf(remotes)
    .map(([name, address]) => `${name} (${address})`)
    .join(', ');
}
