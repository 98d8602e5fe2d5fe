/** Runs the playbooks of the collection, as it is packed, on the hosts of a site, and reads what Ansible says of each task. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCollection } from '../../scripts/dist/ansible-collection.mjs';
import type { AnsibleSite } from './ansible-site.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Installs the collection from its file, without any network but the hosts. */
export async function installCollection(site: AnsibleSite): Promise<string> {
  const file = join(site.directory, 'pommgr-pommgr.tar.gz');
  await writeCollection(file, { root, epoch: 1_750_000_000 });
  const target = join(site.directory, 'collections');
  const child = site.start(['ansible-galaxy', 'collection', 'install', file, '--offline', '-p', target]);
  const { code, output } = await outcomeOf(child);
  if (code !== 0) throw new Error(output);
  return join(target, 'ansible_collections/pommgr/pommgr');
}

export async function writeInventory(
  site: AnsibleSite,
  hosts: readonly string[],
  variables: Record<string, unknown>,
): Promise<void> {
  const all = { pommgr: { hosts: Object.fromEntries(hosts.map((name) => [name, {}])), vars: variables } };
  await writeFile(join(site.directory, 'inventory'), JSON.stringify({ all: { children: all } }));
}

export interface PlaybookRun {
  /** Exit code; null where it was killed. */
  code: number | null;
  output: string;
  /** `changed` of the recap, by host. */
  changed: Record<string, number>;
}

export interface PlaybookOptions {
  variables?: Record<string, unknown>;
  flags?: readonly string[];
  /** Gets a function that ends the whole run with SIGKILL. */
  onStart?: (kill: () => void) => void;
}

export async function playbook(
  site: AnsibleSite,
  name: string,
  { variables = {}, flags = [], onStart }: PlaybookOptions = {},
): Promise<PlaybookRun> {
  const extra = ['-e', JSON.stringify(variables)];
  const child = site.start(['ansible-playbook', `pommgr.pommgr.${name}`, ...extra, ...flags]);
  onStart?.(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  });
  const { code, output } = await outcomeOf(child);
  const recap = output.slice(output.lastIndexOf('PLAY RECAP'));
  const changed = Object.fromEntries(
    [...recap.matchAll(/^(\S+) +: .*changed=(\d+)/gm)].map(([, host = '', count]) => [host, Number(count)]),
  );
  return { code, output, changed };
}

/** Runs one module on one host, and returns what it answers. */
export async function runModule(
  site: AnsibleSite,
  host: string,
  { name, args, flags = [] }: { name: string; args: Record<string, unknown>; flags?: readonly string[] },
): Promise<Record<string, unknown>> {
  const words = ['ansible', host, '-m', `pommgr.pommgr.${name}`, '-a', JSON.stringify(args), ...flags];
  const { output } = await outcomeOf(site.start(words));
  const start = output.indexOf('{');
  if (start === -1) throw new Error(output);
  return JSON.parse(output.slice(start)) as Record<string, unknown>;
}

async function outcomeOf(
  child: ReturnType<AnsibleSite['start']>,
): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stdout?.on('data', (text: Buffer) => void (output += text.toString('utf8')));
  child.stderr?.on('data', (text: Buffer) => void (output += text.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
