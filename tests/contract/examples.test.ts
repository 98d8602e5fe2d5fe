/** The configs of examples/ are what `init` writes by the command in their README, and read without a complaint. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/adapters/config-file.ts';
import Init from '../../src/commands/init.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));

const expected: Record<string, { track: string; mirrors: number; targets: string[] }> = {
  debian: { track: 'debian-trixie', mirrors: 4, targets: ['debian-trixie'] },
  'pve9-enterprise': { track: 'pve9-prod', mirrors: 6, targets: ['pve9', 'pbs4'] },
  'pve9-no-subscription': { track: 'pve9-lab', mirrors: 4, targets: ['pve9'] },
  'upgrade-pve-8-to-9': {
    ...{ track: 'pve-site', mirrors: 12 },
    targets: ['pve-8', 'pve-8-squid', 'pve-9', 'pve-9-tentacle'],
  },
};

describe('examples', () => {
  it('are all here', async () => {
    const entries = await readdir(examples, { recursive: true });
    const configs = entries.filter((entry) => entry.endsWith('pommgr.yaml')).toSorted();
    expect(configs).toEqual(Object.keys(expected).map((name) => join(name, 'pommgr.yaml')));
  });

  it.each(Object.entries(expected))('%s reads', async (name, { track, mirrors, targets }) => {
    const config = await loadConfig(join(examples, name, 'pommgr.yaml'));
    expect(config.track).toBe(track);
    expect(config.mirrors).toHaveLength(mirrors);
    expect(config.targets.map((target) => target.name)).toEqual(targets);
  });

  it.each(Object.keys(expected))('%s is what the command of its README writes', async (name) => {
    const readme = await readFile(join(examples, name, 'README.md'), 'utf8');
    const command = /^ {4}pommgr init ((?:.*\\\n)*.*)$/m.exec(readme)?.[1] ?? '';
    const written = join(await scratchDirectory(), 'pommgr.yaml');
    const argv = command.split(/[\s\\]+/).concat('--config', written);
    const { exitCode, stderr } = await runCommand(Init, argv);
    expect(exitCode).toBe(0);
    // Whatever the date is: a release of today is past its end of life one day.
    expect(stderr.replaceAll(/^Warning: .* is past its end of life .*\n/gm, '')).toBe('');
    expect(await readFile(join(examples, name, 'pommgr.yaml'), 'utf8')).toBe(await readFile(written, 'utf8'));
  });
});
