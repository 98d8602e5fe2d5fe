/**
 * An online side whose base-dir POM keeps too: the stand-in, or the real binary that POMMGR_TEST_POM names. Snapshots
 * can come from the builtin engine or from POM itself.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/core/adapters/process.ts';
import { createOnlineSite, type OnlineSite } from './online.ts';
import { scratchDirectory } from './scratch.ts';

const standIn = fileURLToPath(new URL('./pom/proxmox-offline-mirror', import.meta.url));
const standInHelper = fileURLToPath(new URL('./pom/proxmox-offline-mirror-helper', import.meta.url));

export const pomBinary = resolve(process.env['POMMGR_TEST_POM'] ?? standIn);
export const pomHelper = resolve(process.env['POMMGR_TEST_POM_HELPER'] ?? standInHelper);

export interface PomSite extends OnlineSite {
  /** The same config, with `engine: pom`. */
  pomConfigFile: string;
  baseDir: string;
  /** Runs POM, which must succeed; gives its stdout. */
  pom(args: readonly string[]): Promise<string>;
  /** Adds a mirror of the same repository to POM's config. */
  addMirror(id: string): Promise<void>;
  /** The same in a directory of its own, behind the same server. */
  copy(): Promise<PomSite>;
}

/** `lines` go to the top of both configs. */
export async function createPomSite(lines: readonly string[] = []): Promise<PomSite> {
  const site = await createOnlineSite();
  const pomConfig = join(site.directory, 'pom.cfg');
  const text = [...lines, await readFile(site.configFile, 'utf8')].join('\n');
  await writeFile(site.configFile, text);
  const engine = `engine: pom\npom: { binary: ${pomBinary}, configFile: ${pomConfig}, lockWaitSeconds: 1 }`;
  await writeFile(join(site.directory, 'pommgr-pom.yaml'), text.replace('engine: builtin', engine));
  await mkdir(join(site.directory, 'mirror'));
  const made = withPom(site, site.directory);
  await made.addMirror('test-stable');
  return made;
}

function withPom(site: OnlineSite, directory: string): PomSite {
  const pomConfig = join(directory, 'pom.cfg');
  const baseDir = join(directory, 'mirror');
  async function pom(args: readonly string[]): Promise<string> {
    return (await run(pomBinary, [...args, '--config', pomConfig])).stdout;
  }
  async function addMirror(id: string): Promise<void> {
    const options = {
      id,
      repository: `deb ${site.server.url} stable main`,
      'base-dir': baseDir,
      'key-path': site.signer.binaryKeyring,
      sync: 'true',
      verify: 'true',
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const architectures = ['--architectures', 'amd64', '--architectures', 'all'];
    await pom(['config', 'mirror', 'add', ...args, ...architectures]);
  }
  async function copy(): Promise<PomSite> {
    const to = await scratchDirectory();
    await run('cp', ['--archive', `${directory}/.`, to]);
    for (const file of ['pom.cfg', 'pommgr-pom.yaml']) {
      const text = await readFile(join(directory, file), 'utf8');
      await writeFile(join(to, file), text.replaceAll(directory, to));
    }
    return withPom(site, to);
  }
  const files = {
    configFile: join(directory, 'pommgr.yaml'),
    pomConfigFile: join(directory, 'pommgr-pom.yaml'),
  };
  return { ...site, directory, ...files, baseDir, pom, addMirror, copy };
}
