/** A host with a store that others use, offered by our own server, and hosts that use it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterTestFile } from './file-end.ts';
import { openStoreServer, type StoreServer } from '../../src/serve/adapters/store-server.ts';
import { storeAt } from '../../src/store/adapters/store.ts';
import type { ApplyReport } from '../../src/host/domain/apply-report.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { applyFrom, type ApplyFromOptions } from '../../src/host/workflows/apply-from.ts';
import { createHost, createSite, pretendInstalled, type Site } from './offline.ts';
import { testContext } from './online.ts';
import { buildPackage } from './packages.ts';
import type { RepositoryOptions } from './repository.ts';

const servers: StoreServer[] = [];

afterTestFile(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** Offers a store on a free port of loopback, as whoever runs the tests; gives its address. */
export async function serveStore(directory: string): Promise<string> {
  const listen = { host: '127.0.0.1', port: 0 };
  const server = await openStoreServer(storeAt(directory), { listen, onRequest: () => {} });
  servers.push(server);
  return server.url;
}

export interface SharedStore {
  site: Site;
  /** Of test-1, and of test-2 with alpha 3.0. */
  media: [string, string];
  /** Holds both. */
  directory: string;
  url: string;
  /** A new host with alpha 1.0. */
  host(): Promise<string>;
  /** Applies on it from the store. */
  from(root: string, options?: Partial<ApplyFromOptions>): Promise<ApplyReport>;
}

export async function createSharedStore(options: Partial<RepositoryOptions> = {}): Promise<SharedStore> {
  const context = testContext('2025-06-04T00:00:00Z');
  // Filtered, so that preferences hide what is not in the baseline.
  const site = await createSite(['skip: { sections: [games] }'], options);
  const first = await site.bring();
  const newer = await buildPackage({ name: 'alpha', version: '3.0' });
  const date = new Date('2025-06-02T00:00:00Z');
  await site.publish({ components: { main: [...site.packages, newer] }, date });
  const second = await site.bring();
  const owner = await createHost([site.key]);
  for (const media of [first, second]) await apply({ media, root: owner, context });
  const directory = join(owner, 'var/lib/pommgr');
  const url = await serveStore(directory);
  return {
    ...{ site, media: [first, second], directory, url },
    async host() {
      const root = await createHost([site.key]);
      const [alpha] = site.packages;
      if (alpha !== undefined) await pretendInstalled(root, alpha);
      return root;
    },
    from: (root, options = {}) => applyFrom({ from: url, root, context, ...options }),
  };
}

/** What apt reads of ours on a host. */
export async function sourcesOf(root: string): Promise<string> {
  return readFile(join(root, 'etc/apt/sources.list.d/pommgr.sources'), 'utf8');
}
