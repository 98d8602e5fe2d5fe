/** Lists running processes whose program or libraries an upgrade replaces, by unit, and who restarts them. */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { ServiceRestart, StaleService } from './forecast.ts';

/** Configuration of needrestart(1); null where it is not installed. */
export interface Needrestart {
  /** `a`: restarts by itself. `i`: asks. `l`: lists. */
  mode: 'a' | 'i' | 'l';
  /** Units that it does not restart by itself: patterns of `override_rc` with 0. */
  spared: readonly RegExp[];
}

interface Process {
  pid: number;
  name: string;
  unit: string | null;
  files: readonly string[];
}

/** Sorted by unit. */
export function staleServices(
  processes: readonly Process[],
  about: {
    /** Files in memory that each package replaces. */
    parts: readonly { name: string; files: readonly string[] }[];
    restarts: readonly Pick<ServiceRestart, 'unit' | 'how'>[];
    needrestart: Needrestart | null;
  },
): StaleService[] {
  const owners = new Map(
    about.parts.flatMap(({ name, files }) => files.map((file) => [file, name] as const)),
  );
  const found = new Map<string, { processes: number; packages: Set<string>; isUnit: boolean }>();
  for (const { pid, name, unit, files } of processes) {
    const packages = files.flatMap((file) => owners.get(file) ?? []);
    if (packages.length === 0) continue;
    const key = unit ?? `${pid} ${name}`;
    const known = found.get(key) ?? { processes: 0, packages: new Set<string>(), isUnit: unit !== null };
    known.processes += 1;
    for (const item of packages) known.packages.add(item);
    found.set(key, known);
  }
  const byScript = new Set(about.restarts.filter(({ how }) => how !== 'reload').map(({ unit }) => unit));
  return [...found]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([unit, { processes: count, packages, isUnit }]) => ({
      ...{ unit, processes: count, packages: [...packages].toSorted(compareText) },
      restartedBy: byScript.has(unit) ? 'script' : isUnit ? byNeedrestart(unit, about.needrestart) : 'nobody',
    }));
}

function byNeedrestart(unit: string, needrestart: Needrestart | null): StaleService['restartedBy'] {
  if (needrestart === null || needrestart.mode === 'l') return 'nobody';
  if (needrestart.mode === 'i') return 'needrestart-asks';
  return needrestart.spared.some((pattern) => pattern.test(unit)) ? 'nobody' : 'needrestart';
}

/** Parses needrestart.conf and its parts, in the order in which needrestart reads them: later settings win. */
export function parseNeedrestart(texts: readonly string[]): Needrestart {
  let mode: Needrestart['mode'] = 'i';
  const spared = new Map<string, boolean>();
  for (const text of texts) {
    const plain = text.replaceAll(/^\s*#.*$/gm, '');
    for (const [, value] of plain.matchAll(/\$nrconf\{restart\}\s*=\s*['"]([ail])['"]/g))
      mode = value as Needrestart['mode'];
    for (const [, pattern = '', value] of plain.matchAll(/qr\((.+?)\)\}?\s*(?:=>|=)\s*([01])/g))
      spared.set(pattern, value === '0');
  }
  return { mode, spared: [...spared].flatMap(([pattern, isSpared]) => (isSpared ? asRegExp(pattern) : [])) };
}

/** Perl's patterns there are valid in JavaScript, too. */
function asRegExp(pattern: string): RegExp[] {
  try {
    return [new RegExp(pattern)];
  } catch {
    // A pattern that only Perl understands spares nothing here: the unit is reported as restarted.
    return [];
  }
}
