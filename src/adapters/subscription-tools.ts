/** Asks the products' own tools for the server ID. Invariant: what else they print, the subscription key, stays there. */
import { join } from 'node:path';
import { compareText } from '../domain/canonical-json.ts';
import { PommgrError } from '../domain/errors.ts';
import type { ServerId } from '../domain/host-lock.ts';
import { serverIdsIn } from '../domain/server-ids.ts';
import { chrootEnvironment, type AptRoot } from './apt-root.ts';
import { pathExists } from './atomic-files.ts';
import { run } from './process.ts';

const tools: { product: ServerId['product']; program: string; args: string[] }[] = [
  { product: 'pve', program: 'pvesubscription', args: ['get'] },
  {
    product: 'pbs',
    program: 'proxmox-backup-manager',
    args: ['subscription', 'get', '--output-format', 'json'],
  },
  { product: 'pmg', program: 'pmgsubscription', args: ['get'] },
];

/** Of every product whose tool is there. @throws PommgrError `tool.subscription` when one does not answer. */
export async function readServerIds({ kind, root }: AptRoot): Promise<ServerId[]> {
  const found: ServerId[] = [];
  if (kind === 'outside') return found;
  for (const { product, program, args } of tools) {
    if (!(await isThere(root, program))) continue;
    const command = kind === 'host' ? [program, ...args] : ['chroot', root, program, ...args];
    const [first = '', ...rest] = command;
    const { stdout } = await run(first, rest, {
      code: 'tool.subscription',
      env: kind === 'host' ? {} : chrootEnvironment,
      redact: () =>
        `${program} could not tell the server ID. What it said is not shown: it may name the key.`,
      hints: [`Run "${[program, ...args].join(' ')}" by hand.`],
    });
    const serverIds = serverIdsIn(stdout);
    if (serverIds.length === 0) throw noServerId(program);
    for (const serverId of serverIds) found.push({ product, serverId });
  }
  return found.toSorted((a, b) => compareText(a.product, b.product));
}

async function isThere(root: string, program: string): Promise<boolean> {
  for (const directory of ['usr/bin', 'usr/sbin']) {
    if (await pathExists(join(root, directory, program))) return true;
  }
  return false;
}

function noServerId(program: string): PommgrError {
  return new PommgrError(
    'tool.subscription',
    `${program} named no server ID: expected 32 hex digits after "serverid".`,
    { hints: ['Run it by hand. Its output is not shown here: it may name the subscription key.'] },
  );
}
