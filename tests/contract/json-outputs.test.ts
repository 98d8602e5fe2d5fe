/** What scripts may rely on: the members and types of each command's `--json` document, committed as json-outputs.json. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pommgr } from '../support/cli.ts';
import { createOnlineSite } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { writeBelow } from '../support/offline.ts';

it('has the committed members and types, through the main flow', async () => {
  const site = await createOnlineSite(['versions: latest']);
  const root = await scratchDirectory();
  await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
  await writeBelow(root, 'etc/apt/sources.list', 'deb http://192.0.2.1/debian bookworm main\n');
  const media = join(site.directory, 'medium');
  await mkdir(media);
  const key = join(site.directory, 'signing-key.pub.pem');
  const flow: { args: string[]; exitCode?: number }[] = [
    { args: ['mirror', 'list'] },
    { args: ['mirror', 'presets'] },
    { args: ['signing-key', 'create'] },
    { args: ['signing-key', 'show'] },
    { args: ['snapshot', '--dry-run'] },
    { args: ['snapshot'] },
    { args: ['baseline', 'list'] },
    { args: ['baseline', 'show'] },
    { args: ['baseline', 'diff', 'test-1', 'test-1'] },
    { args: ['baseline', 'verify', 'test-1'] },
    { args: ['sbom', '-o', join(site.directory, 'sbom.json')] },
    { args: ['baseline', 'remove', 'test-1', '--allow-newest', '--dry-run'] },
    { args: ['pool', 'verify'] },
    { args: ['pool', 'gc', '--dry-run'] },
    { args: ['pack', '--media', media, '--allow-local'] },
    { args: ['verify', '--media', media, '--key', key] },
    { args: ['signing-key', 'trust', key, '--root', root] },
    { args: ['signing-key', 'list', '--root', root] },
    { args: ['apply', '--media', media, '--root', root, '--dry-run'] },
    { args: ['apply', '--media', media, '--root', root, '--receipt', media] },
    { args: ['status', '--root', root] },
    { args: ['forecast', '--root', root] },
    { args: ['host', 'lock', '--root', root] },
    { args: ['snapshot', '--force'] },
    { args: ['report', '--since', 'test-1'] },
    { args: ['pack', '--media', media, '--since', 'test-1', '--allow-local'] },
    { args: ['bundle', 'co-sign', '--media', media, '--since', 'test-1'] },
    { args: ['host', 'list'] },
    { args: ['apply', '--media', media, '--root', root] },
    { args: ['rollback', '--root', root, '--dry-run'] },
    { args: ['extras', 'list', '--root', root] },
    { args: ['subscription', 'activate', '--root', root, '--dry-run'], exitCode: 2 },
    { args: ['doctor', '--root', root] },
    { args: ['pin', '--root', root, '--scope', 'all', '--dry-run'] },
    { args: ['host', 'drift', '--root', root] },
    { args: ['store', 'gc', '--root', root, '--keep', '1', '--dry-run'] },
    { args: ['upgrade-release', 'check', '--root', root], exitCode: 1 },
    { args: ['upgrade-release', 'steps', '--host', 'a'], exitCode: 3 },
    { args: ['serve', '--root', root, '--print-nginx'] },
    { args: ['cluster', 'record', '--root', root] },
    { args: ['detach', '--root', root, '--dry-run'] },
    { args: ['verify', '--media', join(media, 'bundles'), '--key', key], exitCode: 5 },
  ];

  const shapes: Record<string, unknown> = {};
  for (const { args, exitCode = 0 } of flow) {
    const outcome = await pommgr([...args, '--json', '--quiet'], { cwd: site.directory });
    expect(outcome, `${args.join(' ')}\n${outcome.stdout}`).toMatchObject({ exitCode, stderr: '' });
    const name = args.filter((word) => !word.startsWith('/')).join(' ');
    shapes[exitCode === 0 ? name : `${name} (exit ${exitCode})`] = documentShape(
      JSON.parse(outcome.stdout) as { schema: string },
    );
  }

  await expect(`${JSON.stringify(shapes, null, 2)}\n`).toMatchFileSnapshot('./json-outputs.json');
}, 300_000);

/** The schema's name is itself the contract. */
function documentShape(document: { schema: string }): unknown {
  return { ...(shapeOf(document) as object), schema: document.schema };
}

/** Types in the place of values; of a list the first element. */
function shapeOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, shapeOf(member)]),
  );
}
