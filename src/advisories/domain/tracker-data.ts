/**
 * Debian's security tracker as JSON (security-tracker.debian.org/tracker/data/json): by source package, issue and
 * release.
 */
import { z } from 'zod';
import { entriesOf, namedSchema, valueOf } from '../../core/domain/named.ts';
import { packageVersionPattern } from '../../apt/domain/package-entry.ts';
import { parseUrgency, type Issue } from './issue.ts';

const versionSchema = z.string().regex(packageVersionPattern, 'expected the version of a Debian package');

const releaseSchema = z.object({
  status: z.enum(['open', 'resolved', 'undetermined']),
  /** `0` where the release never had the issue. */
  fixed_version: versionSchema.optional(),
  urgency: z.string(),
  nodsa: z.string().optional(),
  nodsa_reason: z.string().nullish(),
});

const issueSchema = z.object({
  description: z.string().optional(),
  scope: z.string().optional(),
  releases: namedSchema(z.string(), releaseSchema),
});

const sourceSchema = namedSchema(z.string(), namedSchema(z.string(), issueSchema));

/** The member of one source package. */
export type TrackerSource = z.infer<typeof sourceSchema>;

/** Returns the only member of the object. @throws z.ZodError */
export function parseTrackerSource(value: unknown): [source: string, issues: TrackerSource] {
  const [only] = entriesOf(namedSchema(z.string(), z.unknown()).parse(value));
  const [name = '', issues] = only ?? [];
  const parsed = sourceSchema.parse({ [name]: issues });
  return [name, parsed];
}

/** Returns the codenames that the data of a source package knows. */
export function trackerReleases([name, parsed]: [string, TrackerSource]): string[] {
  const issues = valueOf(parsed, name);
  if (issues === undefined) return [];
  return entriesOf(issues).flatMap(([, { releases }]) => entriesOf(releases).map(([release]) => release));
}

/**
 * Returns the issues that a source package has, or had, in a release. One that is open there affects every version
 * before the one that mends it in unstable, `sid`.
 */
export function trackerIssues([name, parsed]: [string, TrackerSource], release: string): Issue[] {
  const issues = valueOf(parsed, name);
  if (issues === undefined) return [];
  return entriesOf(issues).flatMap(([id, { description = '', scope, releases }]) => {
    const here = valueOf(releases, release);
    if (here === undefined || here.fixed_version === '0') return [];
    const fixedHere = here.status === 'resolved' ? (here.fixed_version ?? null) : null;
    if (here.status === 'resolved' && fixedHere === null) return [];
    const unstable = valueOf(releases, 'sid');
    const before = fixedHere ?? (unstable?.status === 'resolved' ? (unstable.fixed_version ?? null) : null);
    return [
      {
        ...{ id, aliases: [], package: name, isBinary: false, affected: [], unaffected: [], description },
        ranges: [{ introduced: null, fixed: before === '0' ? null : before }],
        fixed: fixedHere,
        urgency: parseUrgency(here.urgency),
        isRemote: scope === 'remote' ? true : scope === 'local' ? false : null,
        decision: decisionOf(here),
        isUndetermined: here.status === 'undetermined',
      },
    ];
  });
}

function decisionOf({ nodsa, nodsa_reason: reason }: z.infer<typeof releaseSchema>): Issue['decision'] {
  if (nodsa === undefined) return null;
  return reason === 'postponed' || reason === 'ignored' ? reason : 'no-dsa';
}
