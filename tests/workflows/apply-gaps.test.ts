/** The host checks again: a thin baseline was made for the host as it was, and apply asks apt for the host as it is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { createHost, pretendInstalled, readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createThinSite, setClosure, type ThinSite } from '../support/thin-site.ts';

let site: ThinSite;
let key: SigningPublicKey;
/** With desktop and server, and without. */
let wide: string;
let narrow: string;

async function bring(closure: Record<string, unknown>, day: number): Promise<string> {
  await setClosure(site.configFile, closure);
  const context = testContext(`2025-06-0${day}T00:00:00Z`);
  await snapshot({ configFile: site.configFile, context, force: true, dryRun: false });
  const media = await scratchDirectory();
  await pack({ configFile: site.configFile, media, context });
  return media;
}

async function hostWith(...packages: [string, string][]): Promise<string> {
  const root = await createHost([key]);
  for (const [name, version] of packages) {
    await pretendInstalled(root, await buildPackage({ name, version }));
  }
  return root;
}

beforeAll(async () => {
  site = await createThinSite({ install: ['server', 'desktop'] });
  key = await createSigningKey(join(site.directory, 'signing-key.pem'));
  wide = await bring({ install: ['server', 'desktop'] }, 2);
  narrow = await bring({ install: ['server'] }, 3);
});

describe('apply of a thin baseline', () => {
  const context = testContext('2025-06-04T00:00:00Z');

  it('says what stays as it is, and applies where nothing is lost', async () => {
    const root = await hostWith(['base', '1.0'], ['vendor-tool', '7']);

    const { outcome, gaps } = await apply({ media: narrow, root, context });

    expect(outcome).toBe('applied');
    expect(gaps).toEqual({
      unserved: [{ name: 'vendor-tool', installed: '7' }],
      ...{ lost: [], keptBack: [], notInstallable: [] },
    });
  });

  it('refuses, dry or not, what takes away a package that was offered; --accept-gaps is recorded', async () => {
    const root = await hostWith(['base', '1.0'], ['desktop', '8.0'], ['toolkit', '8.0']);
    await apply({ media: wide, root, context });
    const seen = await readFile(join(root, 'var/lib/pommgr/state.json'), 'utf8');

    for (const dryRun of [true, false]) {
      await expect(apply({ media: narrow, root, context, dryRun })).rejects.toMatchObject({
        code: 'refused.gaps',
        exitCode: 9,
        message: expect.stringContaining('desktop, toolkit'),
        details: { lost: ['desktop', 'toolkit'] },
      });
    }
    const { applied } = JSON.parse(seen) as { applied: object };
    const after = JSON.parse(await readFile(join(root, 'var/lib/pommgr/state.json'), 'utf8')) as object;
    expect(after).toMatchObject({ applied });

    const { outcome, gaps } = await apply({ media: narrow, root, context, acceptGaps: true });
    expect([outcome, gaps?.lost]).toEqual(['applied', ['desktop', 'toolkit']]);
    expect((await readAudit(root)).at(-1)).toMatchObject({ action: 'apply', decisions: ['accept-gaps'] });
  });

  it('refuses where apt cannot install here what the target promises, and says why', async () => {
    const root = await createHost([key]);
    await pretendInstalled(root, await buildPackage({ name: 'base', version: '1.0' }));
    const hostile = await buildPackage({
      name: 'lone-mail',
      version: '1',
      fields: { Conflicts: 'libserver', Essential: 'yes', Important: 'yes' },
    });
    await pretendInstalled(root, hostile);

    const refused = apply({ media: narrow, root, context });

    await expect(refused).rejects.toMatchObject({
      code: 'refused.gaps',
      message: expect.stringMatching(/apt cannot install server: .+/),
      details: { notInstallable: [{ name: 'server' }] },
    });
  });
});
