/**
 * Formats a forecast for people, 80 columns wide: reasons to stop first, then what the administrator has to do or to
 * know.
 */
import { printable, printableName } from '../../core/domain/printable.ts';
import { formatBytes, formatCount } from '../../core/ui/format.ts';
import { lackingRoom, type Forecast, type SpaceNeed } from '../domain/forecast.ts';
import { bulletText, paragraph, section } from './forecast-layout.ts';
import { conffileSection } from './conffile-text.ts';

export function forecastText(forecast: Forecast): string {
  const parts = [
    headline(forecast),
    ...refusalSection(forecast),
    ...spaceSection('Too little room', lackingRoom(forecast.space)),
    ...conffileSection(forecast),
    ...rebootSection(forecast),
    ...restartSection(forecast),
    ...guestSection(forecast),
    ...questionSection(forecast),
    ...newsSection(forecast),
    ...scriptSection(forecast),
    ...spaceSection('Room', forecast.space),
    ...packageSection(forecast),
    ...unknownSection(forecast),
  ];
  return parts.join('\n\n');
}

function headline({ subject, verdict, sources, sizes }: Forecast): string {
  const { kind, baseline, hostName, root } = subject;
  const counts = countsText(sources);
  const where = root === null || root === '/' ? '' : ` (${root})`;
  const state = kind === 'applied' ? '' : kind === 'lock' ? ', by its lock' : ', which is not applied yet';
  const disk = sizes.diskBytes < 0 ? 'frees' : 'uses another';
  return [
    paragraph(
      `Before the window: ${printableName(hostName) || 'this host'}${where} on ${baseline.name}${state}`,
    ),
    counts === ''
      ? 'apt-get dist-upgrade would change nothing.'
      : paragraph(
          `apt-get dist-upgrade would ${counts}. It reads ${formatBytes(sizes.downloadBytes)} of packages and ${disk} ${formatBytes(Math.abs(sizes.diskBytes))} of disk space.`,
        ),
    ...(verdict === 'stop' ? ['STOP: do not run this upgrade as it is planned.'] : []),
  ].join('\n');
}

function countsText(sources: Forecast['sources']): string {
  const changes = sources.flatMap((source) => source.changes);
  return (['upgrade', 'install', 'downgrade', 'remove'] as const)
    .map((action) => [action, changes.filter((change) => change.action === action).length] as const)
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${action} ${formatCount(count, 'package')}`)
    .join(', ');
}

function refusalSection({ refusals }: Forecast): string[] {
  return section(
    'Refused',
    refusals.map(({ what }) => bulletText(what)),
  );
}

function spaceSection(title: string, space: readonly SpaceNeed[]): string[] {
  const lines = space.map((need) => {
    const free = need.freeBytes === null ? 'free space unknown' : `${formatBytes(need.freeBytes)} free`;
    const estimate = need.estimate === null ? '' : ` (${need.estimate})`;
    return bulletText(
      `${need.place}: ${need.what} need ${formatBytes(need.neededBytes)}, ${free}${estimate}`,
    );
  });
  return section(title, lines);
}

function rebootSection({ reboot }: Forecast): string[] {
  const lines = reboot.map(({ package: name, what }) =>
    bulletText(name === null ? what : `${name}: ${what}`),
  );
  return section('A reboot is due afterwards', lines);
}

function restartSection({ restarts, staleServices }: Forecast): string[] {
  const lines = restarts.map(({ unit, how, package: name, isCertain, isActive }) => {
    const doubt = isCertain ? '' : ', perhaps';
    const idle = isActive === false ? ' (not running now)' : '';
    return bulletText(`${printableName(unit)}${idle}: ${how}${doubt}, by ${name}`);
  });
  const stale = (staleServices ?? [])
    .filter(({ restartedBy }) => restartedBy !== 'script')
    .map(({ unit, packages, restartedBy }) =>
      bulletText(`${printableName(unit)}: ${staleTexts[restartedBy]} (${packages.join(', ')})`),
    );
  return [
    ...section('Services that maintainer scripts restart', lines),
    ...section('Processes whose files are replaced', stale),
  ];
}

const staleTexts = {
  script: 'restarted by a maintainer script',
  needrestart: 'restarted by needrestart',
  'needrestart-asks': 'needrestart asks whether to restart it',
  nobody: 'goes on with the old files until it is restarted',
};

function guestSection({ guests, ceph }: Forecast): string[] {
  const running = guests.map(({ id, isStale }) =>
    bulletText(
      `${printableName(id)}${isStale ? ': its QEMU was replaced by an earlier upgrade already' : ''}`,
    ),
  );
  const daemons = ceph.map(({ kind, id, from, to }) =>
    bulletText(`${kind}.${printableName(id)}: ${from} to ${to}`),
  );
  return [
    ...section('Guests that keep the QEMU they were started with, until migrated or restarted', running),
    ...section('Ceph daemons to restart, in this order, with the cluster healthy between', daemons),
  ];
}

function questionSection({ questions }: Forecast): string[] {
  const lines = questions
    .filter(({ isShown }) => isShown !== false)
    .map(({ package: name, name: question, type, priority, description }) =>
      bulletText(
        `${name}: ${printableName(question)} (${type}, ${priority ?? 'priority unknown'}) ${printableName(description)}`,
      ),
    );
  return section('Questions of debconf that may be asked', lines);
}

function newsSection({ news }: Forecast): string[] {
  const lines = news.map(({ source, version, text }) =>
    [
      bulletText(`${source} ${version}`),
      ...printable(text)
        .split('\n')
        .map((line) => `    ${line}`.trimEnd()),
    ].join('\n'),
  );
  return section('News from the maintainers', lines);
}

function scriptSection({ scripts }: Forecast): string[] {
  const byPackage = new Map<string, string[]>();
  for (const { package: name, script, change } of scripts)
    byPackage.set(name, [...(byPackage.get(name) ?? []), `${script} ${change}`]);
  return section(
    'Changed maintainer scripts',
    [...byPackage].map(([name, changes]) => bulletText(`${name}: ${changes.join(', ')}`)),
  );
}

function packageSection({ sources, heldBack }: Forecast): string[] {
  const lines = sources.map(({ source, mirrors, changes }) => {
    const from = mirrors.length === 0 ? '' : ` (${mirrors.join(', ')})`;
    const items = changes.map(({ name, architecture, action, from: old, to }) => {
      const versions = action === 'remove' ? `${old}` : old === null ? `${to}` : `${old} -> ${to}`;
      return paragraph(`    ${action} ${name}:${architecture} ${versions}`, 6);
    });
    return [bulletText(`${source}${from}`), ...items].join('\n');
  });
  const held = heldBack.map(({ name, installed, offered, why }) =>
    bulletText(
      `${name} ${installed}, offered ${offered}: ${why === 'hold' ? 'held by apt-mark' : 'kept back by apt'}`,
    ),
  );
  return [...section('Packages by source', lines), ...section('Held back', held)];
}

function unknownSection({ unknown }: Forecast): string[] {
  return section(
    'Not known',
    unknown.map((what) => bulletText(what)),
  );
}
