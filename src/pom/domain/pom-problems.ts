/**
 * Finds what a config requires and POM does not support, each by the name of its setting, before anything is changed.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import { isFlat } from '../../config/domain/suite-layout.ts';
import type { PomMirror } from './pom-mirrors.ts';
import { formatPomRepository, parsePomRepository } from './pom-repository.ts';

export interface PomProblem {
  mirror: string;
  /** As in pommgr.yaml, e.g. `skip.packages`. */
  setting: string;
  message: string;
  hint?: string;
}

/** What POM knows already. */
export interface PomKnowledge {
  mirrors: readonly PomMirror[];
  /** Their names: POM has one name space for mirrors and media. */
  media: readonly string[];
}

/** Returns all problems of all mirrors, in their order; none where POM supports everything. */
export function pomProblems(mirrors: readonly Mirror[], known: PomKnowledge): PomProblem[] {
  return mirrors.flatMap((mirror) => {
    const present = known.mirrors.find(({ id }) => id === mirror.id);
    return [
      ...filterProblems(mirror),
      ...repositoryProblems(mirror),
      ...loginProblems(mirror, present),
      ...tlsProblems(mirror),
      ...unsetProblems(mirror, present),
      ...(known.media.includes(mirror.id)
        ? [
            problem(
              mirror,
              'id',
              'POM has a medium of this name, and its mirrors and media share their names',
            ),
          ]
        : []),
    ];
  });
}

/** The problems as one error, for `engine: pom`. */
export function pomProblemsError(problems: readonly PomProblem[], file: string): PommgrError {
  const hints = [
    ...new Set(problems.flatMap(({ hint }) => hint ?? [])),
    'Or set engine: builtin: it needs no Proxmox Offline Mirror and makes the same baselines.',
  ];
  return new PommgrError(
    'config.engine',
    [
      `${file} asks for what Proxmox Offline Mirror cannot do:`,
      ...problems.map((one) => `  ${problemText(one)}`),
    ].join('\n'),
    { hints, details: { file, problems: problems.map(({ mirror, setting }) => ({ mirror, setting })) } },
  );
}

/** `mirror pve-9, include: …` */
export function problemText({ mirror, setting, message }: PomProblem): string {
  return `mirror ${mirror}, ${setting}: ${message}`;
}

function filterProblems(mirror: Mirror): PomProblem[] {
  const { include, versions } = mirror.filters;
  return [
    ...(include.packages.length > 0
      ? [problem(mirror, 'include', 'POM can leave packages out by name, but not take only some')]
      : []),
    ...(versions === 'latest' ? [problem(mirror, 'versions', 'POM takes every version of a package')] : []),
  ];
}

function repositoryProblems(mirror: Mirror): PomProblem[] {
  const problems: PomProblem[] = [];
  if (mirror.types.length > 1) {
    problems.push(
      problem(mirror, 'types', 'a mirror of POM has packages or sources, not both', {
        hint: 'Make two mirrors of it, one with types: [deb] and one with types: [deb-src].',
      }),
    );
  }
  if (isFlat(mirror.suite)) {
    problems.push(problem(mirror, 'suite', 'POM mirrors no flat repositories'));
  }
  if (!/^https?:/i.test(mirror.uri)) {
    problems.push(problem(mirror, 'uri', 'POM fetches by http and https only'));
  }
  const words = [['suite', [mirror.suite]] as const, ['components', mirror.components] as const];
  for (const [setting, values] of words) {
    const bad = values.find((value) => !/^[!-~]+$/.test(value) || /["#[\]]/.test(value));
    if (bad === undefined) continue;
    problems.push(problem(mirror, setting, `POM takes one word, found ${JSON.stringify(bad)}`));
  }
  return problems;
}

function loginProblems(mirror: Mirror, present: PomMirror | undefined): PomProblem[] {
  if (mirror.authFile === undefined || mirror.useSubscription !== undefined) return [];
  const line = present === undefined ? undefined : parsePomRepository(present.repository);
  const keepsLine =
    line?.hasLogin === true &&
    formatPomRepository({ ...line, types: [line.type] }) === formatPomRepository(mirror);
  if (keepsLine) return [];
  return [
    problem(mirror, 'authFile', 'POM reads no login from a file', {
      hint: 'For a repository behind a subscription set useSubscription, and add the key by "proxmox-offline-mirror key add".',
    }),
  ];
}

function tlsProblems(mirror: Mirror): PomProblem[] {
  return [
    ...(mirror.caFile === undefined
      ? []
      : [
          problem(mirror, 'caFile', "POM trusts the system's certificate store only", {
            hint: 'Add the CA to that store: copy it to /usr/local/share/ca-certificates/NAME.crt, then run update-ca-certificates.',
          }),
        ]),
    ...(mirror.clientCertificate === undefined
      ? []
      : [problem(mirror, 'clientCertificate', 'POM shows no client certificate to a server')]),
  ];
}

/** POM has no way to unset an option, and none to change use-subscription. */
function unsetProblems(mirror: Mirror, present: PomMirror | undefined): PomProblem[] {
  if (present === undefined) return [];
  const { packages, sections } = mirror.filters.skip;
  const hint = `Take the mirror out of POM's config, its data stays: proxmox-offline-mirror config mirror remove --id ${mirror.id} --remove-data false. The next "pommgr snapshot" adds it anew.`;
  const problems: PomProblem[] = [];
  const unset = (setting: string, option: 'skip-packages' | 'skip-sections'): void => {
    if (present[option].every((value) => value === '')) return;
    const message = `POM has ${option} ${present[option].join(' ')} and cannot unset it`;
    problems.push(problem(mirror, setting, message, { hint }));
  };
  if (packages.length === 0) unset('skip.packages', 'skip-packages');
  if (sections.length === 0) unset('skip.sections', 'skip-sections');
  const [wanted, found] = [mirror.useSubscription ?? 'none', present['use-subscription'] ?? 'none'];
  if (wanted !== found) {
    const message = `POM has ${found}, expected ${wanted}, and it cannot change that`;
    problems.push(problem(mirror, 'useSubscription', message, { hint }));
  }
  return problems;
}

function problem(
  mirror: Mirror,
  setting: string,
  message: string,
  options: { hint?: string } = {},
): PomProblem {
  return { mirror: mirror.id, setting, message, ...options };
}
