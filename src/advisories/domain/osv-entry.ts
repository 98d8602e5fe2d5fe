/** Entries in the Open Source Vulnerability format (ossf.github.io/osv-schema), for Debian's source packages. */
import { z } from 'zod';
import { debianVersionOf } from '../../config/domain/known-releases.ts';
import { packageVersionPattern } from '../../apt/domain/package-entry.ts';
import { parseUrgency, type Issue, type VersionRange } from './issue.ts';

/** `0` stands for the beginning. */
const versionSchema = z.string().regex(packageVersionPattern, 'expected the version of a Debian package');

const eventSchema = z.object({
  introduced: versionSchema.optional(),
  fixed: versionSchema.optional(),
  last_affected: versionSchema.optional(),
});

const affectedSchema = z.object({
  package: z.object({ ecosystem: z.string(), name: z.string().min(1) }).optional(),
  ranges: z.array(z.object({ type: z.string(), events: z.array(z.unknown()) })).optional(),
  versions: z.array(z.string()).optional(),
  ecosystem_specific: z.object({ urgency: z.string().optional() }).nullish(),
});

const entrySchema = z.object({
  id: z.string().min(1),
  modified: z.iso.datetime({ offset: true }),
  withdrawn: z.string().nullish(),
  aliases: z.array(z.string()).nullish(),
  upstream: z.array(z.string()).nullish(),
  summary: z.string().nullish(),
  details: z.string().nullish(),
  affected: z.array(affectedSchema).nullish(),
});
export type OsvEntry = z.infer<typeof entrySchema>;

/** @throws z.ZodError */
export function parseOsvEntry(value: unknown): OsvEntry {
  return entrySchema.parse(value);
}

/** Returns the ecosystems of Debian that an entry names, such as `Debian:12`. */
export function osvEcosystems({ affected }: OsvEntry): string[] {
  return (affected ?? []).flatMap(({ package: of }) =>
    of !== undefined && /^Debian(?::|$)/.test(of.ecosystem) ? [of.ecosystem] : [],
  );
}

/**
 * Returns the issues of a release; none for an entry that was withdrawn. The ecosystem `Debian` without a number is every
 * release. @throws z.ZodError
 */
export function osvIssues(entry: OsvEntry, release: string): Issue[] {
  if (typeof entry.withdrawn === 'string') return [];
  const wanted = ['Debian', `Debian:${debianVersionOf(release) ?? release}`];
  return (entry.affected ?? []).flatMap((affected) => {
    if (affected.package === undefined || !wanted.includes(affected.package.ecosystem)) return [];
    const ranges = (affected.ranges ?? [])
      .filter(({ type }) => type === 'ECOSYSTEM')
      .flatMap(({ events }) => rangesOf(z.array(eventSchema).parse(events)));
    return [
      {
        id: entry.id,
        aliases: [...new Set([...(entry.aliases ?? []), ...(entry.upstream ?? [])])].toSorted(),
        ...{ package: affected.package.name, isBinary: false, ranges },
        affected: z.array(versionSchema).parse(affected.versions ?? []),
        unaffected: [],
        fixed: ranges.findLast(({ fixed }) => fixed !== null)?.fixed ?? null,
        urgency: parseUrgency(affected.ecosystem_specific?.urgency ?? ''),
        ...{ isRemote: null, decision: null, isUndetermined: false },
        description: entry.summary ?? firstLine(entry.details ?? ''),
      },
    ];
  });
}

/** Events come in the order of versions: each `introduced` begins a range that the next event ends. */
function rangesOf(events: readonly z.infer<typeof eventSchema>[]): VersionRange[] {
  const ranges: VersionRange[] = [];
  let isOpen = false;
  for (const { introduced, fixed, last_affected: last } of events) {
    const current = ranges.at(-1);
    if (introduced !== undefined) {
      ranges.push({ introduced: introduced === '0' ? null : introduced, fixed: null });
      isOpen = true;
    } else if (current !== undefined && isOpen && (fixed ?? last) !== undefined) {
      if (fixed === undefined) current.last = last ?? '';
      else current.fixed = fixed;
      isOpen = false;
    }
  }
  return ranges;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
