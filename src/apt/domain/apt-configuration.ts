/**
 * Renders `pommgr.conf` (apt.conf(5)): where apt finds changelogs without a network, and which host it reaches without
 * a proxy.
 */

export interface AptConfiguration {
  baseline: { name: string };
  /** Origins in the Release files of the mirrors; apt looks changelogs up by them. */
  origins: readonly string[];
  /** URI (`copy:`) of the directory with the changelogs. */
  changelogs: string;
  /** Scheme and host of the store that packages come from over HTTP; null where none do. */
  direct: { scheme: string; host: string } | null;
  /** Whether some indices exist only uncompressed, though their Release lists a compressed form. */
  plainIndices: boolean;
}

/**
 * apt's method `file` fails for good on a compressed index that does not exist while the uncompressed one does (tried
 * on 2.6 and 3.0). With these settings, `NAME=VALUE`, apt asks for the uncompressed one first.
 */
export const plainIndexSettings = ['deb::Packages', 'deb-src::Sources', 'deb::Translations'].map(
  (target) => `Acquire::IndexTargets::${target}::CompressionTypes=uncompressed xz gz zst bz2 lzma lz4`,
);

export function renderAptConfiguration({
  baseline,
  origins,
  changelogs,
  direct,
  plainIndices,
}: AptConfiguration): string {
  const known = [...new Set(origins)].filter((origin) => /^[A-Za-z0-9][A-Za-z0-9 ._+-]*$/.test(origin));
  return [
    '// Written by pommgr, which replaces this file with each baseline. Do not edit it.',
    `// Baseline: ${baseline.name}`,
    '',
    '// Files that pommgr keeps among the sources; apt would print a notice for each of them.',
    'Dir::Ignore-Files-Silently:: "\\.pommgr\\.replaced$";',
    '',
    '// "apt-get changelog", and the Changelog button of the web interface.',
    ...known.map(
      (origin) =>
        `"Acquire::Changelogs::URI::Override::Origin::${origin}" "${changelogs}/@CHANGEPATH@_changelog";`,
    ),
    ...(direct === null
      ? []
      : [
          '',
          '// A proxy of the data center (76pveproxy) must not be asked for a host on the local network.',
          `Acquire::${direct.scheme}::Proxy::${direct.host} "DIRECT";`,
        ]),
    ...(plainIndices
      ? [
          '',
          '// Some indices are uncompressed here, though upstream lists compressed ones too.',
          ...plainIndexSettings.map((setting) => `${setting.replace('=', ' "')}";`),
        ]
      : []),
    '',
  ].join('\n');
}

/**
 * Returns the path below the directory of changelogs that apt substitutes for `@CHANGEPATH@`:
 * `main/liba/libapt/libapt_1.2-3`, from the source package and its version without epoch.
 */
export function changelogPath(entry: { component: string; source: string; version: string }): string {
  const [, name = entry.source, version = entry.version] = /^(\S+)(?: \((\S+)\))?$/.exec(entry.source) ?? [];
  const prefix = name.startsWith('lib') ? name.slice(0, 4) : name.slice(0, 1);
  const plainVersion = version.replace(/^\d+:/, '');
  return `${entry.component}/${prefix}/${name}/${name}_${plainVersion}_changelog`;
}
