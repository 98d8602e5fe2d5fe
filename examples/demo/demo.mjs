#!/usr/bin/env node
// The whole job on real input: from this machine's own APT sources to an offline root whose apt sees one baseline.
// Usage: npm run demo [-- --keep DIR] [--apt-root DIR] [--package NAME...]
//   --keep DIR       work in DIR and leave everything there; else a new directory is removed at the end
//   --apt-root DIR   take the APT sources of the system in DIR instead of this machine's
//   --package NAME   another package than hello and sl; may be given several times
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    keep: { type: 'string' },
    'apt-root': { type: 'string', default: '/' },
    package: { type: 'string', multiple: true, default: ['hello', 'sl'] },
  },
});
const packages = values.package;
const kept = values.keep;
const work = kept === undefined ? mkdtempSync(join(tmpdir(), 'pommgr-demo-')) : resolve(kept);
const root = join(work, 'offline-root');
const media = join(work, 'medium');
const config = join(work, 'pommgr.yaml');

try {
  prepare();
  online();
  offline();
  say('Done');
  console.log(`Baseline ${baseline().name}\nDigest   ${baseline().digest}`);
  if (kept === undefined)
    console.log('The demo removes its directory now. Keep it with: npm run demo -- --keep DIR');
  else console.log(`Files    ${work}`);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  if (kept === undefined) rmSync(work, { recursive: true, force: true });
}

function prepare() {
  say('Preparing');
  run('bash', [join(checkout, 'tests/setup.sh')]);
  mkdirSync(work, { recursive: true });
  mkdirSync(media, { recursive: true });
  mkdirSync(join(root, 'etc'), { recursive: true });
  // The offline root is an empty Debian of this machine's release, as far as apt is concerned.
  copyFileSync('/etc/os-release', join(root, 'etc/os-release'));
  console.log(`Working in ${work}`);
}

function online() {
  say('Online: a config from the APT sources of this machine, for a few small packages');
  const include = packages.flatMap((name) => ['--include', name]);
  pommgr([
    'init',
    '--from-apt',
    '--root',
    values['apt-root'],
    ...include,
    '--track',
    'demo',
    '--config',
    config,
  ]);
  // This demo is about pommgr's own engine, whether Proxmox Offline Mirror is installed or not.
  writeFileSync(config, readFileSync(config, 'utf8').replace('#engine: auto', 'engine: builtin'));
  pommgr(['mirror', 'list', '--config', config]);
  say('Online: a signing key, a baseline, a bundle on a medium');
  pommgr(['signing-key', 'create', '--config', config]);
  pommgr(['snapshot', '--config', config]);
  pommgr(['pack', '--config', config, '--media', media, '--allow-local']);
}

function offline() {
  say('Offline: trust the key once, check the medium, switch apt');
  pommgr(['signing-key', 'trust', join(work, 'signing-key.pub.pem'), '--root', root]);
  pommgr(['verify', '--media', media, '--root', root]);
  pommgr(['apply', '--media', media, '--root', root]);
  pommgr(['status', '--root', root, '--config', config]);
  say('Offline: the real apt, without a network');
  const aptConfig = join(work, 'apt.conf');
  writeFileSync(
    aptConfig,
    `Dir "${root}/";\nDir::State::status "${root}/var/lib/dpkg/status";\nAPT::Sandbox::User "root";\n`,
  );
  const apt = (/** @type {string[]} */ args) =>
    run('unshare', ['--net', ...args], { cwd: work, env: { ...process.env, APT_CONFIG: aptConfig } });
  apt(['apt-get', 'update']);
  apt(['apt-cache', 'policy', ...packages]);
  apt(['apt-get', 'download', ...packages]);
  const files = readdirSync(work).filter((name) => name.endsWith('.deb'));
  if (files.length !== packages.length)
    throw new Error(`expected ${packages.length} packages, found ${files.join(', ')}`);
  console.log(`Downloaded from the store: ${files.join(', ')}`);
}

function baseline() {
  const shown = spawnSync(
    process.execPath,
    [join(checkout, 'bin/pommgr.js'), 'baseline', 'show', '--config', config, '--json'],
    { encoding: 'utf8' },
  );
  return JSON.parse(shown.stdout).result.baseline;
}

/** @param {string[]} args */
function pommgr(args) {
  console.log(`\n$ pommgr ${args.join(' ')}`);
  run(process.execPath, [join(checkout, 'bin/pommgr.js'), ...args], { cwd: work });
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} options
 */
function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', ...options });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with exit code ${status}`);
}

/** @param {string} text */
function say(text) {
  console.log(`\n=== ${text}`);
}
