/** A medium that POM filled and pommgr signed, and hosts that trust its key. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { Bundle } from '../../src/medium/domain/bundle.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { packPom, type PackPomOptions, type PackPomResult } from '../../src/bundle/workflows/pack-pom.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { signRoot } from './bundle.ts';
import { mountMedium } from './mounted-medium.ts';
import { testContext } from './online.ts';
import { createPomSite, type PomSite } from './pom-site.ts';

export interface PomMediumSite extends PomSite {
  key: SigningPublicKey;
  publicKeyFile: string;
  /** Mount point of POM's medium `disk1`, which carries both mirrors. */
  media: string;
  /** Makes a baseline of the mirror `test-stable`; the engine is builtin, and each number a second of its own. */
  take(number: number): Promise<void>;
  pack(options?: Partial<PackPomOptions>): Promise<PackPomResult>;
}

/** POM also has the mirror `other-mirror`, of which no baseline knows. */
export async function createPomMediumSite(): Promise<PomMediumSite> {
  const site = await createPomSite();
  await site.addMirror('other-mirror');
  const key = await createSigningKey(join(site.directory, 'signing-key.pem'));
  const publicKeyFile = join(site.directory, 'signing-key.pub.pem');
  await writeFile(publicKeyFile, key.pem);
  const media = await mountMedium();
  await addMedium(site, 'disk1', media, ['test-stable', 'other-mirror']);
  return {
    ...site,
    key,
    publicKeyFile,
    media,
    async take(number) {
      const context = testContext(snapshotTime(number));
      await snapshot({ configFile: site.configFile, context, force: true, dryRun: false });
    },
    pack: (options = {}) =>
      packPom({ configFile: site.pomConfigFile, medium: 'disk1', context: testContext(), ...options }),
  };
}

/** The name of the snapshot that `take(number)` makes. */
export function snapshotTime(number: number): string {
  return `2025-06-02T00:00:0${number}Z`;
}

export async function addMedium(
  site: PomSite,
  id: string,
  mountpoint: string,
  mirrors: readonly string[],
): Promise<void> {
  const flags = mirrors.flatMap((mirror) => ['--mirrors', mirror]);
  const options = ['--id', id, '--mountpoint', mountpoint, '--sync', 'true', '--verify', 'true'];
  await site.pom(['config', 'media', 'add', ...options, ...flags]);
}

/** Changes bundle.json, and signs it as the operator would. */
export async function editPomBundle(
  bundle: string,
  privateKeyFile: string,
  edit: (document: Bundle) => void,
): Promise<void> {
  const path = join(bundle, 'bundle.json');
  const document = JSON.parse(await readFile(path, 'utf8')) as Bundle;
  edit(document);
  await writeFile(path, canonicalJson(document));
  const root = (await readFile(join(bundle, 'SHA256SUMS'), 'utf8'))
    .split('\n')
    .map((line) =>
      line.endsWith('  bundle.json') ? `${sha256Hex(canonicalJson(document))}  bundle.json` : line,
    );
  await signRoot(bundle, privateKeyFile, root.join('\n'));
}
