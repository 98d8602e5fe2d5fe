/**
 * Renders dpkg's status file and apt's extended states, as a host's own would tell apt what is installed (dpkg(1),
 * apt-mark(8)).
 */
import type { InventoryPackage, PackageRelations } from '../../apt/domain/inventory.ts';

/** In the order of dpkg's own file. */
const relationFields: [keyof PackageRelations, string][] = [
  ['priority', 'Priority'],
  ['section', 'Section'],
  ['installedSizeKiB', 'Installed-Size'],
  ['multiArch', 'Multi-Arch'],
  ['replaces', 'Replaces'],
  ['provides', 'Provides'],
  ['depends', 'Depends'],
  ['preDepends', 'Pre-Depends'],
  ['recommends', 'Recommends'],
  ['breaks', 'Breaks'],
  ['conflicts', 'Conflicts'],
];

/** Returns a stanza for each package, in the given order. */
export function renderStatus(
  packages: Iterable<{ item: InventoryPackage; relations: PackageRelations }>,
): string {
  let text = '';
  for (const { item, relations } of packages) text += `${stanzaLines(item, relations).join('\n')}\n\n`;
  return text;
}

function stanzaLines(item: InventoryPackage, relations: PackageRelations): string[] {
  const { name, version, architecture, hold } = item;
  return [
    `Package: ${name}`,
    `Status: ${hold ? 'hold' : 'install'} ok installed`,
    ...(relations.essential === true ? ['Essential: yes'] : []),
    ...(relations.protected === true ? ['Protected: yes'] : []),
    'Maintainer: none <none@localhost>',
    `Architecture: ${architecture}`,
    `Version: ${version}`,
    'Description: installed',
    ...relationFields.flatMap(([key, field]) =>
      relations[key] === undefined ? [] : [`${field}: ${relations[key]}`],
    ),
  ];
}

/** apt records a package of architecture `all` under the native architecture. */
export function renderExtendedStates(
  packages: Iterable<InventoryPackage>,
  nativeArchitecture: string,
): string {
  let text = '';
  for (const { name, architecture, automatic } of packages) {
    if (!automatic) continue;
    const slot = architecture === 'all' ? nativeArchitecture : architecture;
    text += `Package: ${name}\nArchitecture: ${slot}\nAuto-Installed: 1\n\n`;
  }
  return text;
}
