/**
 * The tarball of `npm pack` installs and runs with each Node.js that package.json admits, each from npm's own package
 * `node`: the whole main flow, from a snapshot to a verified bundle. Needs npm's registry.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { pommgr } from '../support/cli.ts';
import { createOnlineSite } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
let tarball: string;

beforeAll(async () => {
  const directory = await scratchDirectory();
  await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', directory], { cwd: project });
  tarball = join(directory, (await readdir(directory)).find((name) => name.endsWith('.tgz')) ?? 'none');
});

it.each(['20', '22', '24'])('runs the main flow with Node.js %s', async (version) => {
  const place = await scratchDirectory();
  await writeFile(join(place, 'package.json'), '{"private":true}');
  await execa('npm', ['install', '--no-audit', '--no-fund', tarball, `node@${version}`], { cwd: place });
  const node = join(place, 'node_modules/node/bin/node');
  const file = join(place, 'node_modules/pommgr/bin/pommgr.js');
  const { directory, configFile } = await createOnlineSite();
  const media = join(directory, 'medium');
  await mkdir(media);
  const host = join(directory, 'host');
  await mkdir(host);
  const run = async (...args: string[]): Promise<string> => {
    const { stdout, stderr, exitCode } = await pommgr(args, { node, file, cwd: directory });
    expect([args.join(' '), exitCode, stderr]).toEqual([args.join(' '), 0, expect.anything()]);
    return stdout;
  };

  expect(await run('--version')).toContain(`node-v${version}.`);
  await run('signing-key', 'create', '--config', configFile, '--no-passphrase');
  await run('snapshot', '--config', configFile);
  await run('pack', '--config', configFile, '--media', media, '--allow-local');
  const key = join(directory, 'signing-key.pub.pem');
  await run('signing-key', 'trust', key, '--root', host);
  const verified = JSON.parse(await run('verify', '--media', media, '--root', host, '--json')) as {
    result: { bundles: { name: string }[] };
  };
  expect(verified.result.bundles.map(({ name }) => name)).toEqual(['test-1']);
});
