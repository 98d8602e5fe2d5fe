/**
 * Parses apt's plan from `apt-get -V --print-uris`. That is faster than `-s`, whose simulated dpkg run takes longer
 * than the plan itself, and it names the files.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** Lines of apt, `name (version)` or `name (old => new)`, sorted. */
export interface AptPlan {
  install: string[];
  upgrade: string[];
  downgrade: string[];
  remove: string[];
  /** Packages that could be upgraded and are not. */
  keptBack: string[];
  /** Packages that were installed automatically and are no longer needed. */
  unneeded: string[];
  /** URIs of the files that it needs, sorted. */
  files: string[];
  /** apt's message where it cannot resolve the job; the lists are empty then. */
  refusal: string | null;
}

const headings: [heading: RegExp, list: Exclude<keyof AptPlan, 'refusal' | 'files'>][] = [
  [/^The following NEW packages? will be installed:$/, 'install'],
  [/^The following packages? will be upgraded:$/, 'upgrade'],
  [/^The following packages? will be DOWNGRADED:$/, 'downgrade'],
  [/^The following packages? will be REMOVED:$/, 'remove'],
  [/^The following packages? ha(?:s|ve) been kept back:$/, 'keptBack'],
  [
    /^The following packages? (?:was|were) automatically installed and (?:is|are) no longer required:$/,
    'unneeded',
  ],
];

/**
 * Reads what apt wrote, in the C locale.
 * @throws PommgrError `tool.apt` when the lists are not as long as apt's own summary says.
 */
export function parseAptPlan(stdout: string): AptPlan {
  const plan = emptyPlan(null);
  let list: string[] | undefined;
  for (const line of stdout.split('\n')) {
    const [, uri] = /^'([^']+)' /.exec(line) ?? [];
    if (uri !== undefined) plan.files.push(uri);
    if (line.startsWith('   ')) {
      list?.push(line.trim());
      continue;
    }
    const heading = headings.find(([pattern]) => pattern.test(line));
    list = heading === undefined ? undefined : plan[heading[1]];
  }
  checkSummary(plan, stdout);
  for (const part of [plan.files, ...headings.map(([, name]) => plan[name])]) part.sort(compareText);
  return plan;
}

export function emptyPlan(refusal: string | null): AptPlan {
  return {
    ...{ install: [], upgrade: [], downgrade: [], remove: [], keptBack: [], unneeded: [], files: [] },
    refusal,
  };
}

function checkSummary(plan: AptPlan, stdout: string): void {
  const pattern =
    /^(\d+) upgraded, (\d+) newly installed, (?:\d+ reinstalled, )?(?:(\d+) downgraded, )?(\d+) to remove and (\d+) not upgraded\.$/m;
  const found = pattern
    .exec(stdout)
    ?.slice(1)
    .map((text) => Number(text ?? 0));
  const counted = [
    plan.upgrade.length,
    plan.install.length,
    plan.downgrade.length,
    plan.remove.length,
    plan.keptBack.length,
  ];
  // apt counts the packages that it keeps back, but does not list them for "install".
  const isSame = found?.every((count, index) => count === counted[index] || index === 4) === true;
  if (isSame) return;
  throw new PommgrError(
    'tool.apt',
    `apt's plan could not be read: its summary says ${found?.join(', ') ?? 'nothing'}, its lists have ${counted.join(', ')}.`,
    {
      hints: ['Report it, with the output of "apt-get --version".'],
      details: { summary: found ?? null, counted },
    },
  );
}

/** One package or file in which two plans differ. */
export interface PlanDifference {
  list: keyof AptPlan;
  item: string;
  /** Which of the plans has it. */
  in: 'whole' | 'thin';
}

/**
 * Returns no difference where the plans are identical, including versions. Files are compared elsewhere, because their
 * paths differ.
 */
export function comparePlans(whole: AptPlan, thin: AptPlan): PlanDifference[] {
  const found: PlanDifference[] = [];
  for (const [, list] of headings) {
    const [a, b] = [new Set(whole[list]), new Set(thin[list])];
    for (const item of a) if (!b.has(item)) found.push({ list, item, in: 'whole' });
    for (const item of b) if (!a.has(item)) found.push({ list, item, in: 'thin' });
  }
  if ((whole.refusal === null) !== (thin.refusal === null)) {
    const refused = thin.refusal === null ? 'whole' : 'thin';
    found.push({ list: 'refusal', item: thin.refusal ?? whole.refusal ?? '', in: refused });
  }
  return found;
}
