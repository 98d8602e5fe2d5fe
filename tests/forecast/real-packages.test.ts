/** Ten packages of Debian 13 on Debian 12, configuration files changed here and there: foretold, then upgraded. */
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { debianPackages, debianRoot } from '../support/debian-root.ts';
import { foretell, upgradeForReal, watchServices } from '../support/forecast-oracle.ts';

/** Those that need no newer C library. */
const names = [
  ...['base-files', 'debconf', 'debian-archive-keyring', 'init-system-helpers', 'libaudit-common'],
  ...['libpam-runtime', 'media-types', 'ncurses-base', 'netbase', 'sensible-utils'],
];

it('real upgrades do what was foretold, no more and no less', { timeout: 120_000 }, async () => {
  const root = await debianRoot('bookworm');
  const packages = await debianPackages('trixie', names);
  expect(packages.map(({ name }) => name).toSorted()).toEqual(names);
  for (const path of ['etc/debconf.conf', 'etc/issue', 'etc/mime.types', 'etc/libaudit.conf'])
    await appendFile(join(root, path), '# of the host\n');
  await rm(join(root, 'etc/issue.net'));
  await writeFile(join(root, 'etc/pam.conf'), 'changed, but Debian did not change it\n');
  await watchServices(root);
  const { perhaps, ...told } = await foretell(root, packages);
  expect(told.prompts).toContain('/etc/issue');
  expect(told.prompts).toContain('/etc/issue.net');
  expect(told.prompts).not.toContain('/etc/pam.conf');
  const happened = await upgradeForReal(root, packages);
  expect(happened.restarts.filter((line) => !perhaps.includes(line))).toEqual(told.restarts);
  expect({ ...happened, restarts: told.restarts }).toEqual(told);
});
