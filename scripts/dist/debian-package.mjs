/** `pommgr_<version>_<architecture>.deb`. Invariant: same files, same epoch, same bytes. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, link, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bashCompletion } from './bash-completion.mjs';
import { readCommandLine } from './command-line.mjs';
import { changelog, control, copyright } from './debian-texts.mjs';
import { manPage } from './man-page.mjs';
import { packageDocs, sampleConfig, sampleHostConfig } from './package-docs.mjs';
import { settingsPage } from './settings-page.mjs';

/**
 * The path of the package.
 * @param {object} options
 * @param {string} options.root
 * @param {string} options.out
 * @param {string} options.staging on the file system of `runtime`
 * @param {string} options.version
 * @param {string} options.platform
 * @param {string} options.debianArchitecture
 * @param {string} options.runtime what writeRuntime wrote
 * @param {string} options.collection the Ansible collection, which `pack` takes from the package onto media
 * @param {number} options.epoch
 */
export async function writeDebianPackage(options) {
  const { root, out, staging, version, platform, debianArchitecture, runtime, collection, epoch } = options;
  await rm(staging, { recursive: true, force: true });
  const installed = `usr/lib/pommgr/runtime/${version}/${platform}`;
  await mkdir(join(staging, installed), { recursive: true });
  for (const file of await readdir(runtime)) await link(join(runtime, file), join(staging, installed, file));
  const beside = join(staging, `usr/lib/pommgr/runtime/${version}`, basename(dirname(collection)));
  await mkdir(beside);
  await link(collection, join(beside, basename(collection)));
  for (const [path, { text, mode }] of await packageFiles({ root, version, installed, epoch })) {
    await mkdir(dirname(join(staging, path)), { recursive: true });
    await writeFile(join(staging, path), text);
    await chmod(join(staging, path), mode);
  }
  // Where the config and the trusted keys go.
  await mkdir(join(staging, 'etc/pommgr'), { recursive: true });
  await writeMetadata(staging, { version, debianArchitecture });
  await setTimes(staging, epoch);

  const file = join(out, `pommgr_${version}_${debianArchitecture}.deb`);
  // One thread, for the number of them shows in the bytes. A higher level takes a minute and saves a tenth.
  const compression = ['-Zxz', '-z1', '--threads-max=1'];
  execFileSync('dpkg-deb', [...compression, '--root-owner-group', '--build', staging, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return file;
}

/**
 * @param {{ root: string, version: string, installed: string, epoch: number }} options
 * @returns {Promise<Map<string, { text: string | Buffer, mode: number }>>}
 */
async function packageFiles({ root, version, installed, epoch }) {
  const commandLine = await readCommandLine(root);
  const date = new Date(epoch * 1000);
  const errors = /** @type {{ exitCodes: Record<string, number> }} */ (
    await import(pathToFileURL(join(root, 'dist/core/domain/errors.js')).href)
  );
  const day = date.toISOString().slice(0, 10);
  const page = manPage(commandLine, { date: day, exitCodes: errors.exitCodes });
  const { presets } = /** @type {{ presets: { name: string }[] }} */ (
    await import(pathToFileURL(join(root, 'dist/config/domain/presets.js')).href)
  );
  const { upgradePresets } = /** @type {{ upgradePresets: { name: string }[] }} */ (
    await import(pathToFileURL(join(root, 'dist/config/domain/upgrade-presets.js')).href)
  );
  const docs = await packageDocs(root);
  const log = changelog(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), { version, date });
  const license = await readFile(join(root, 'LICENSE'), 'utf8');
  return new Map([
    ['usr/bin/pommgr', { text: wrapper(installed), mode: 0o755 }],
    [
      'usr/share/bash-completion/completions/pommgr',
      plain(
        bashCompletion(
          commandLine,
          [...presets, ...upgradePresets].map(({ name }) => name),
        ),
      ),
    ],
    ['usr/share/man/man1/pommgr.1.gz', plain(gzip(page))],
    ['usr/share/doc/pommgr/changelog.gz', plain(gzip(log))],
    ...(await settingsPages(root, { version, date: day })),
    ...docs.map(([path, text]) => /** @type {const} */ ([path, plain(text)])),
    ['usr/share/doc/pommgr/examples/config.yaml', plain(sampleHostConfig)],
    ['usr/share/doc/pommgr/copyright', plain(copyright(license, installed))],
    ['usr/lib/pommgr/report-failure', { text: await debianFile('report-failure'), mode: 0o755 }],
    ['usr/lib/systemd/system/pommgr-report@.service', plain(await debianFile('pommgr-report@.service'))],
    ['usr/lib/systemd/system/pommgr-serve.service', plain(await debianFile('pommgr-serve.service'))],
    ['usr/lib/systemd/system/pommgr-snapshot.service', plain(await debianFile('pommgr-snapshot.service'))],
    ['usr/lib/systemd/system/pommgr-snapshot.timer', plain(await debianFile('pommgr-snapshot.timer'))],
  ]);
}

/**
 * @param {string} root
 * @param {{ version: string, date: string }} about
 * @returns {Promise<[string, { text: string | Buffer, mode: number }][]>}
 */
async function settingsPages(root, about) {
  const load = async (/** @type {string} */ path) =>
    /** @type {Record<string, import('zod').ZodType>} */ (await import(pathToFileURL(join(root, path)).href));
  const { configSchema } = await load('dist/config/domain/config.js');
  const { hostConfigSchema } = await load('dist/config/adapters/host-config.js');
  if (configSchema === undefined || hostConfigSchema === undefined) throw new Error('dist/ has no schemas');
  const online = settingsPage(configSchema, {
    ...about,
    title: 'pommgr.yaml',
    name: 'what pommgr mirrors, and where it keeps it',
    description: [
      'The config of the online side, YAML 1.2. It is the file that --config or $POMMGR_CONFIG names, else ./pommgr.yaml, else /etc/pommgr/pommgr.yaml. "pommgr init" writes one with comments.',
      'Relative paths start at the directory of the file. A setting that is not known is an error. No secret stands in it: logins and keys are files of their own.',
    ],
    example: sampleConfig,
  });
  const host = settingsPage(hostConfigSchema, {
    ...about,
    title: 'pommgr-config.yaml',
    name: "a host's own settings for pommgr, /etc/pommgr/config.yaml",
    description: [
      'The file /etc/pommgr/config.yaml of an offline host, YAML 1.2. Without it every setting has its default. A setting that is not known is an error.',
    ],
    example: sampleHostConfig,
  });
  return [
    ['usr/share/man/man5/pommgr.yaml.5.gz', plain(gzip(online))],
    ['usr/share/man/man5/pommgr-config.yaml.5.gz', plain(gzip(host))],
  ];
}

/** @param {string} installed */
function wrapper(installed) {
  return `#!/bin/sh\nexec /${installed}/node /${installed}/pommgr.mjs "$@"\n`;
}

/**
 * What dpkg reads: control, digests and scripts.
 * @param {string} staging
 * @param {{ version: string, debianArchitecture: string }} options
 */
async function writeMetadata(staging, { version, debianArchitecture }) {
  const files = await listFiles(staging);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(staging, file))).size));
  const digests = await Promise.all(
    files.map(async (file) => {
      const digest = createHash('md5').update(await readFile(join(staging, file)));
      return `${digest.digest('hex')}  ${file}\n`;
    }),
  );
  const installedKib = sizes.reduce((sum, size) => sum + Math.ceil(size / 1024), 0);
  const texts = [
    { name: 'control', text: control({ version, debianArchitecture, installedKib }), mode: 0o644 },
    { name: 'md5sums', text: digests.join(''), mode: 0o644 },
    ...(await Promise.all(
      ['postinst', 'postrm', 'prerm'].map(async (name) => ({
        name,
        text: await debianFile(name),
        mode: 0o755,
      })),
    )),
  ];
  await mkdir(join(staging, 'DEBIAN'));
  for (const { name, text, mode } of texts) {
    await writeFile(join(staging, 'DEBIAN', name), text);
    await chmod(join(staging, 'DEBIAN', name), mode);
  }
}

/**
 * Everything gets the epoch for its time, directories their usual mode.
 * @param {string} directory
 * @param {number} epoch
 */
async function setTimes(directory, epoch) {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await setTimes(path, epoch);
    else await utimes(path, epoch, epoch);
  }
  await chmod(directory, 0o755);
  await utimes(directory, epoch, epoch);
}

/**
 * Relative, sorted.
 * @param {string} directory
 */
async function listFiles(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).toSorted();
}

/** @param {string} name */
function debianFile(name) {
  return readFile(new URL(`debian/${name}`, import.meta.url), 'utf8');
}

/** @param {string | Buffer} text */
function plain(text) {
  return { text, mode: 0o644 };
}

/** @param {string} text */
function gzip(text) {
  return gzipSync(text, { level: 9 });
}
