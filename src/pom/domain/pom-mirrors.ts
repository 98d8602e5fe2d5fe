/**
 * Compares our mirrors with those of POM's config: what must be added or changed there so that both agree. Invariant:
 * settings that our config does not have (sync, verify, weak-crypto …) stay unchanged.
 */
import { z } from 'zod';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import { formatPomRepository, parsePomRepository } from './pom-repository.ts';
import { redactSecrets } from '../../core/domain/redaction.ts';
import type { PomChange, PomOptions } from '../../mirror/domain/pom-change.ts';

/** An element of `config mirror list --output-format json`; what we do not know is passed over. */
export const pomMirrorSchema = z.object({
  id: z.string(),
  repository: z.string(),
  architectures: z.array(z.string()),
  'base-dir': z.string(),
  'key-path': z.string(),
  'ignore-errors': z.boolean().default(false),
  'skip-packages': z.array(z.string()).default([]),
  'skip-sections': z.array(z.string()).default([]),
  'use-subscription': z.string().optional(),
});
export type PomMirror = z.infer<typeof pomMirrorSchema>;

export interface WantedMirrors {
  mirrors: readonly Mirror[];
  baseDir: string;
  /** Path of the keyring that POM is to use, by mirror id. */
  keyPaths: ReadonlyMap<string, string>;
  /** POM continues after a package that cannot be fetched. */
  ignoreErrors: boolean;
}

export type PomState = 'same' | 'to add' | 'to change' | 'only in POM';

export interface PomPlan {
  /** State of every mirror of either side, sorted by id. */
  states: { mirror: string; state: PomState }[];
  /** Sorted by mirror. */
  changes: PomChange[];
}

/** Plans only what POM supports: pom-problems.ts reports the rest. */
export function planPomMirrors(wanted: WantedMirrors, existing: readonly PomMirror[]): PomPlan {
  const byId = new Map(existing.map((mirror) => [mirror.id, mirror]));
  const ours = new Set(wanted.mirrors.map(({ id }) => id));
  const changes = wanted.mirrors.flatMap((mirror) =>
    changeOf(mirror, { wanted, present: byId.get(mirror.id) }),
  );
  const changed = new Map(changes.map(({ mirror, state }) => [mirror, state]));
  const stateOf = (id: string): PomState => (ours.has(id) ? (changed.get(id) ?? 'same') : 'only in POM');
  const ids = [...new Set([...ours, ...byId.keys()])].toSorted(compareText);
  const states = ids.map((mirror) => ({ mirror, state: stateOf(mirror) }));
  return { states, changes: changes.toSorted((a, b) => compareText(a.mirror, b.mirror)) };
}

function changeOf(
  mirror: Mirror,
  { wanted, present }: { wanted: WantedMirrors; present: PomMirror | undefined },
): PomChange[] {
  const options = optionsOf(mirror, wanted);
  if (present === undefined) {
    const subscription =
      mirror.useSubscription === undefined ? {} : { 'use-subscription': mirror.useSubscription };
    // POM's own setup proposes this: files are synced, and existing ones are checked again.
    const added = { ...options, ...subscription, 'ignore-errors': String(wanted.ignoreErrors) };
    return [
      {
        mirror: mirror.id,
        state: 'to add',
        settings: settingsOf(added, undefined),
        options: { ...added, sync: 'true', verify: 'true' },
      },
    ];
  }
  const changed = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => !isSame(name, value, present)),
  );
  if (Object.keys(changed).length === 0) return [];
  return [
    { mirror: mirror.id, state: 'to change', settings: settingsOf(changed, present), options: changed },
  ];
}

function optionsOf(mirror: Mirror, wanted: WantedMirrors): PomOptions {
  const { packages, sections } = mirror.filters.skip;
  return {
    repository: formatPomRepository(mirror),
    architectures: [...mirror.architectures, 'all'],
    'base-dir': wanted.baseDir,
    'key-path': wanted.keyPaths.get(mirror.id) ?? mirror.keyring,
    ...(packages.length === 0 ? {} : { 'skip-packages': packages }),
    ...(sections.length === 0 ? {} : { 'skip-sections': sections }),
    ...(wanted.ignoreErrors ? { 'ignore-errors': 'true' } : {}),
  };
}

function isSame(name: string, value: string | string[], present: PomMirror): boolean {
  const found = valueOf(name, present);
  if (name === 'repository') return repositoryText(value as string) === repositoryText(found as string);
  if (name === 'base-dir') return (found as string).replace(/\/+$/, '') === value;
  return setText(found) === setText(value);
}

/** Equal for lines that mean the same repository, in whatever order and with whatever options. */
function repositoryText(line: string): string {
  const repository = parsePomRepository(line);
  return repository === undefined ? line : formatPomRepository({ ...repository, types: [repository.type] });
}

function valueOf(name: string, present: PomMirror): string | string[] {
  const value = present[name as keyof PomMirror];
  return Array.isArray(value) ? value : String(value);
}

function setText(value: string | string[]): string {
  return typeof value === 'string' ? value : [...new Set(value)].toSorted(compareText).join('\n');
}

function settingsOf(options: PomOptions, present: PomMirror | undefined): PomChange['settings'] {
  return Object.entries(options).map(([name, value]) => ({
    name,
    from: present === undefined ? null : shown(valueOf(name, present)),
    to: shown(value),
  }));
}

function shown(value: string | string[]): string {
  return redactSecrets(typeof value === 'string' ? value : value.join(' '));
}
