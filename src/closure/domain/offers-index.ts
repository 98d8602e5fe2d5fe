/** Reads the offers of a `Packages` index as it streams in: the fields of a stanza that a solver uses. */
import {
  createIndexScanner,
  type IndexScanner,
  type IndexSource,
} from '../../upstream/domain/stanza-stream.ts';
import { packageName } from '../../upstream/domain/packages-index.ts';
import { createInterner } from '../../apt/domain/package-entry.ts';
import type { PackageRelations } from '../../apt/domain/inventory.ts';
import type { Offer } from './offers.ts';

const fields = [
  ...['Package', 'Version', 'Architecture', 'Size'],
  ...['Depends', 'Pre-Depends', 'Recommends', 'Provides', 'Conflicts', 'Breaks', 'Replaces'],
  ...['Multi-Arch', 'Essential', 'Protected', 'Priority', 'Section', 'Installed-Size', 'Task'],
];

/**
 * A stanza without name, version, architecture or size is not an offer.
 * @throws PommgrError `integrity.index`, as the scanner of `Packages` does.
 */
export function createOffersScanner(source: IndexSource): IndexScanner<Offer> {
  const intern = createInterner();
  return createIndexScanner(source, {
    fields,
    read({ values }) {
      const [name = '', version = '', architecture = '', size = '', ...rest] = values;
      if (![name, version, architecture, size].every((value) => /^\S+$/.test(value))) return [];
      const [depends, preDepends, recommends, provides, conflicts, breaks, replaces, ...others] = rest;
      const [multiArch = '', essential, isProtected, priority = '', section = '', installed, task = ''] =
        others;
      const relations: PackageRelations = {
        ...relation('depends', depends),
        ...relation('preDepends', preDepends),
        ...relation('recommends', recommends),
        ...relation('provides', provides),
        ...relation('conflicts', conflicts),
        ...relation('breaks', breaks),
        ...relation('replaces', replaces),
        ...(isMultiArch(multiArch) ? { multiArch } : {}),
        ...(essential === 'yes' ? { essential: true as const } : {}),
        ...(isProtected === 'yes' ? { protected: true as const } : {}),
        ...(priority === '' ? {} : { priority: intern(priority) }),
        ...(section === '' ? {} : { section: intern(section) }),
        ...(installed === undefined || !/^[0-9]{1,12}$/.test(installed)
          ? {}
          : { installedSizeKiB: Number(installed) }),
      };
      const tasks = task === '' ? none : task.split(/[\s,]+/);
      return [
        {
          ...{ name: packageName(name), version, architecture: intern(architecture), relations, tasks },
          sizeBytes: Number(size),
          mirror: source.mirror,
        },
      ];
    },
  });
}

const none: readonly string[] = [];

function isMultiArch(text: string): text is NonNullable<PackageRelations['multiArch']> {
  return ['same', 'foreign', 'allowed'].includes(text);
}

/** Returns a folded value on one line. */
function relation<Name extends keyof PackageRelations>(
  name: Name,
  value: string | undefined,
): { [Key in Name]?: string } {
  if (value === undefined || value === '') return {};
  return { [name]: value.includes('\n') ? value.replaceAll(/\s*\n\s*/g, ' ') : value } as {
    [Key in Name]?: string;
  };
}
