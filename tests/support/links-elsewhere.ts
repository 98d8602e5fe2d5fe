/** Links in place of what is in a store, a root, a share, what `serve` offers, and what the launcher reads. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { knownError } from '../../src/core/ui/known-error.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { bareHost, forgetCopies, mountPoint, runBare, writeStandIn } from './bare-host.ts';
import { pathsBelow, stateOf } from './hostile-medium.ts';
import { testContext } from './online.ts';
import { plantLink, type LinkFindings } from './planted-links.ts';
import { scratchDirectory } from './scratch.ts';
import { serveStore, type SharedStore } from './shared-store.ts';
import { request } from './store-requests.ts';

/** Picks some of all places; default all. */
type Pick = (index: number) => boolean;

const context = testContext('2025-06-05T00:00:00Z');

async function outcomeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    const known = knownError(error);
    return `${known.exitCode} ${known.code}: ${known.message}`;
  }
}

async function copyOf(directory: string): Promise<string> {
  const copy = join(await scratchDirectory(), 'copy');
  await run('cp', ['-a', '--', directory, copy]);
  return copy;
}

function places(directory: string, pick: Pick, awaited: readonly string[] = []): string[] {
  const there = [...pathsBelow(directory, 'directory'), ...pathsBelow(directory, 'file')];
  return [...new Set([...there, ...awaited])].filter((_, index) => pick(index));
}

/** In a share, where `apply --from DIR` reads. Package files are read later, by apt, which checks its own copies. */
export async function linksOnShare(shared: SharedStore, pick: Pick = () => true): Promise<LinkFindings> {
  const found: LinkFindings = { attempts: 0, wrong: [] };
  const prepared = await shared.host();
  for (const place of places(join(shared.directory, 'baselines'), pick)) {
    const [directory, root] = [await copyOf(shared.directory), await copyOf(prepared)];
    const outside = await plantLink(directory, join('baselines', place));
    const before = stateOf(outside);
    const said = await outcomeOf(shared.from(root, { from: directory }));
    found.attempts += 1;
    const where = `apply --from with a link as ${place}`;
    if (stateOf(outside) !== before) found.wrong.push(`${where} writes outside`);
    const isUnread = place.startsWith('test-1') || /\/pool(\/|$)/.test(place);
    if (said === undefined ? !isUnread : !/^[458] /.test(said))
      found.wrong.push(`${where} says ${said ?? 'nothing'}`);
    for (const one of [directory, root, outside]) await rm(one, { recursive: true });
  }
  return found;
}

/** What pommgr changes on a host, besides its store. */
const ofRoot = [
  ...[
    'etc/apt',
    'etc/apt/sources.list',
    'etc/apt/sources.list.d',
    'etc/apt/preferences.d',
    'etc/apt/apt.conf.d',
  ],
  ...['etc/apt/sources.list.d/pommgr.sources', 'etc/apt/preferences.d/pommgr.pref', 'etc/pommgr'],
  ...['etc/pommgr/trusted-keys.d', 'var/lib/apt', 'var/lib/apt/lists', 'var/lib/apt/lists/lock'],
  ...['var/lib/pommgr', 'var/lib/dpkg', 'var/cache/apt', 'usr/local/sbin', 'usr/local/sbin/pommgr-media'],
];
const ofStore = [
  'baselines/.test-2.tmp',
  'baselines/test-2',
  'baselines/test-2.tmp',
  'applied/2',
  'remotes',
  'runtime',
];

/** In a root and in its store. Links of a root lead to below it, so that nothing outside is ever read or written. */
export async function linksOnHost(shared: SharedStore, pick: Pick = () => true): Promise<LinkFindings> {
  const found: LinkFindings = { attempts: 0, wrong: [] };
  const prepared = await shared.host();
  const [first, second] = shared.media;
  await apply({ media: first, root: prepared, context });
  await mkdir(join(prepared, 'usr/local/sbin'), { recursive: true });
  const inStore = places(join(prepared, 'var/lib/pommgr'), () => true, ofStore);
  const all = [...ofRoot, ...inStore.map((place) => join('var/lib/pommgr', place))];
  for (const place of all.filter((_, index) => pick(index))) {
    const root = await copyOf(prepared);
    const outside = await plantLink(root, place);
    const before = stateOf(outside);
    const commands = {
      doctor: () => doctor({ root, deep: true, repair: true, context }),
      apply: () => apply({ media: second, root, context }),
      detach: () => detach({ root, purge: true, context }),
    };
    for (const [name, command] of Object.entries(commands)) {
      const said = await outcomeOf(command());
      found.attempts += 1;
      const where = `${name} with a link as ${place}`;
      if (stateOf(outside) !== before) found.wrong.push(`${where} writes outside`);
      if (said?.startsWith('70 ') === true) found.wrong.push(`${where} says ${said}`);
      if (stateOf(outside) !== before) break;
    }
    for (const one of [root, outside]) await rm(one, { recursive: true });
  }
  return found;
}

/** In a store that is served: no answer comes through a link. */
export async function linksServed(shared: SharedStore, pick: Pick = () => true): Promise<LinkFindings> {
  const found: LinkFindings = { attempts: 0, wrong: [] };
  const files = pathsBelow(join(shared.directory, 'baselines'), 'file');
  for (const place of places(join(shared.directory, 'baselines'), pick)) {
    const directory = await copyOf(shared.directory);
    const port = Number(new URL(await serveStore(directory)).port);
    await plantLink(directory, join('baselines', place));
    for (const file of files.filter((path) => path === place || path.startsWith(`${place}/`)).slice(0, 5)) {
      const target = `/baselines/${file.split('/').map(encodeURIComponent).join('/')}`;
      const { status } = await request(port, `GET ${target}`);
      found.attempts += 1;
      if (status < 400) found.wrong.push(`serve answers ${status} to ${target}, with a link as ${place}`);
    }
    await rm(directory, { recursive: true });
  }
  return found;
}

/** On a medium, where the launcher looks for a runtime: none that is reached by a link is run. */
export async function linksForLauncher(
  { media, keyFile, key }: { media: string; keyFile: string; key: Parameters<typeof bareHost>[1][number] },
  pick: Pick = () => true,
): Promise<LinkFindings> {
  const found: LinkFindings = { attempts: 0, wrong: [] };
  const root = await bareHost('bookworm', [key]);
  const prepared = join(await scratchDirectory(), 'medium');
  await cp(media, prepared, { recursive: true });
  await rm(join(prepared, 'runtime'), { recursive: true, force: true });
  await writeStandIn(prepared, '1.0.0', { keyFiles: [keyFile] });
  await cp('templates/launcher.sh', join(prepared, 'pommgr'));
  const launcher = join(mountPoint, 'pommgr');
  const undisturbed = await runBare({ root, media: prepared }, launcher, 'status');
  if (undisturbed.exitCode !== 0) found.wrong.push(`undisturbed: ${undisturbed.stderr}`);
  const all = ['runtime', ...places(join(prepared, 'runtime'), () => true).map((path) => `runtime/${path}`)];
  for (const place of all.filter((path, index) => pick(index) && !path.includes('linux-other'))) {
    await forgetCopies(root);
    const medium = await copyOf(prepared);
    const outside = await plantLink(medium, place);
    // As the host sees it, so that the link leads somewhere.
    await mkdir(join(root, outside), { recursive: true });
    await cp(outside, join(root, outside), { recursive: true });
    const before = stateOf(join(root, outside));
    const result = await runBare({ root, media: medium }, launcher, 'status');
    found.attempts += 1;
    if (stateOf(join(root, outside)) !== before) found.wrong.push(`the launcher writes outside, by ${place}`);
    if (result.exitCode === 0) found.wrong.push(`the launcher runs what it reached by a link as ${place}`);
    for (const one of [medium, outside, join(root, outside)]) await rm(one, { recursive: true });
  }
  return found;
}
