/**
 * Drafts a config from POM's config: the same mirrors in the same base directory, so that POM's snapshots and those of
 * pommgr continue each other. Settings that a config cannot express are left out with a warning.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { configSchema } from '../../config/domain/config.ts';
import type { MirrorConfig } from '../../config/domain/mirror-settings.ts';
import type { TargetConfig } from '../../config/domain/target-settings.ts';
import type { ConfigDraft } from './config-text.ts';
import { baseCodename, productsOf } from '../../config/domain/default-target.ts';
import { codenames } from '../../config/domain/known-releases.ts';
import { trackOf } from './apt-draft.ts';
import { subscriptionSchema } from '../../config/domain/mirror.ts';
import type { PomMirror } from '../../pom/domain/pom-mirrors.ts';
import { parsePomRepository } from '../../pom/domain/pom-repository.ts';
import type { DraftMirror } from '../../config/domain/presets.ts';

export interface PomDraft extends ConfigDraft {
  warnings: string[];
}

/** `pom` is the program that was asked, and its config. No mirrors when nothing can be taken. */
export function draftFromPom(
  found: readonly PomMirror[],
  pom: { configFile: string; binary: string },
): PomDraft {
  const sorted = found.toSorted((a, b) => compareText(a.id, b.id));
  const baseDir = mostCommon(sorted.map((mirror) => mirror['base-dir']));
  const warnings: string[] = [];
  const mirrors = sorted.flatMap((mirror): DraftMirror[] => {
    const drafted = mirror['base-dir'] === baseDir ? draftMirror(mirror) : `it is in ${mirror['base-dir']}`;
    if (typeof drafted !== 'string') return [drafted];
    warnings.push(`${mirror.id} was left out: ${drafted}.`);
    return [];
  });
  return {
    track: trackOf(mirrors),
    engine: 'pom',
    pom,
    ...(baseDir === undefined ? {} : { baseDir }),
    mirrors,
    targets: targetsOf(mirrors),
    warnings,
  };
}

function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([a, one], [b, other]) => other - one || compareText(a, b))[0]?.[0];
}

/** Returns the mirror, or the reason why there is none. */
function draftMirror(mirror: PomMirror): DraftMirror | string {
  const repository = parsePomRepository(mirror.repository);
  if (repository === undefined || repository.suite.endsWith('/')) {
    return 'its repository line names no suite with components';
  }
  const architectures = mirror.architectures.filter((name) => name !== 'all').toSorted(compareText);
  const subscription = subscriptionSchema.safeParse(mirror['use-subscription']);
  const packages = mirror['skip-packages'].filter(Boolean);
  const sections = mirror['skip-sections'].filter(Boolean);
  const settings: MirrorConfig = {
    id: mirror.id,
    uri: repository.uri,
    suite: repository.suite,
    components: repository.components,
    ...(architectures.length === 0 ? {} : { architectures }),
    ...(repository.type === 'deb' ? {} : { types: [repository.type] }),
    keyring: mirror['key-path'],
    ...(repository.hasLogin ? { authFile: `./secrets/${mirror.id}-auth.conf` } : {}),
    ...(subscription.success ? { useSubscription: subscription.data } : {}),
    ...(packages.length + sections.length === 0
      ? {}
      : {
          skip: {
            ...(packages.length === 0 ? {} : { packages }),
            ...(sections.length === 0 ? {} : { sections }),
          },
        }),
  };
  const problem = settingsProblem(settings);
  return problem ?? { comments: commentsOf(mirror, repository), settings };
}

/** POM checks less than a config does. */
function settingsProblem(settings: MirrorConfig): string | undefined {
  const result = configSchema.shape.mirrors.element.safeParse(settings);
  const [issue] = result.error?.issues ?? [];
  return issue === undefined ? undefined : `its ${issue.path.join('.')}: ${issue.message}`;
}

function commentsOf(mirror: PomMirror, { hasLogin }: { hasLogin: boolean }): string[] {
  return [
    ...(hasLogin
      ? [
          "POM's repository line has a login in it, which stays there; write the same one into",
          'authFile (mode 0600), as "machine HOST login USER password PASSWORD".',
        ]
      : []),
    ...(mirror['ignore-errors']
      ? ['POM ignores errors of this mirror; a baseline that lacks packages needs allowIncomplete: true.']
      : []),
  ];
}

/** The Debian release that a suite is for, `trixie` for `trixie-pgdg`; else what the suite is called. */
function releaseOf(suite: string): string {
  const base = baseCodename(suite);
  return codenames.find((name) => base === name || base.startsWith(`${name}-`)) ?? base;
}

/** Suites that name no release, such as `stable` of a vendor, are for the hosts of every release that is named. */
function addVendors(byCodename: Map<string, DraftMirror[]>): void {
  const isRelease = (name: string): boolean => codenames.some((codename) => codename === name);
  const vendors = [...byCodename].filter(([name]) => !isRelease(name));
  const releases = [...byCodename].filter(([name]) => isRelease(name));
  if (releases.length === 0) return;
  for (const [name, mirrors] of vendors) {
    byCodename.delete(name);
    for (const [, seen] of releases) seen.push(...mirrors);
  }
}

/** A target for each Debian release where there are several; hosts of one must not see the other's packages. */
function targetsOf(mirrors: readonly DraftMirror[]): TargetConfig[] {
  const byCodename = new Map<string, DraftMirror[]>();
  for (const mirror of mirrors) {
    const codename = releaseOf(mirror.settings.suite);
    byCodename.set(codename, [...(byCodename.get(codename) ?? []), mirror]);
  }
  if (byCodename.size < 2) return [];
  addVendors(byCodename);
  return [...byCodename]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([codename, seen]) => ({
      name: codename.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-'),
      products: productsOf(seen.map(({ settings }) => settings)),
      codename,
      mirrors: seen.map(({ settings }) => settings.id),
    }));
}
