/** `npm run demo` against a repository on loopback: the same steps, the real apt, no network. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { createOnlineSite } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const demo = fileURLToPath(new URL('../../examples/demo/demo.mjs', import.meta.url));

it('goes from APT sources to a package from the store, and keeps what it made', async () => {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '';
  const site = await createOnlineSite([], { suite: codename });
  const system = await scratchDirectory();
  await mkdir(join(system, 'etc/apt/sources.list.d'), { recursive: true });
  const source = `Types: deb\nURIs: ${site.server.url}\nSuites: ${codename}\nComponents: main\nSigned-By: ${site.signer.binaryKeyring}\n`;
  await writeFile(join(system, 'etc/apt/sources.list.d/test.sources'), source);
  // Signed-By is a path of that system.
  const keyring = join(system, site.signer.binaryKeyring);
  await mkdir(join(keyring, '..'), { recursive: true });
  await writeFile(keyring, await readFile(site.signer.binaryKeyring));
  const kept = join(await scratchDirectory(), 'demo');

  const { stdout } = await run(process.execPath, [
    demo,
    '--apt-root',
    system,
    '--keep',
    kept,
    '--package',
    'alpha',
  ]);

  expect(stdout).toMatch(/Candidate: 2\.0/);
  expect(stdout).toMatch(/Downloaded from the store: alpha_2\.0_amd64\.deb/);
  expect(stdout).toMatch(/\nDigest {3}[0-9a-f]{64}\n/);
  expect(await readFile(join(kept, 'state/baselines/demo-1/packages.jsonl'), 'utf8')).not.toContain('beta');
});
