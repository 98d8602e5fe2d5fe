/** What a person sees and is asked on a terminal: script(1) gives the program one, of 80 columns. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { scratchDirectory } from '../support/scratch.ts';

const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));

/** What ends a question. */
const prompt = /(?:characters|Enter|again): $|\[y\/N\] $/;

/** What the terminal shows, and the exit code; each of `answers` is typed when a question stands there. */
async function onTerminal(
  args: readonly string[],
  { answers = [], columns = 80 }: { answers?: string[]; columns?: number } = {},
): Promise<{ shown: string; exitCode: number }> {
  const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
  const child = execa(
    'script',
    ['--quiet', '--return', '--command', `stty cols ${columns}; ${words}`, '/dev/null'],
    { reject: false, timeout: 60_000, env: { NO_COLOR: '1', NODE_ENV: 'production', TERM: 'dumb' } },
  );
  const left = [...answers];
  let shown = '';
  child.stdout.on('data', (data: Buffer) => {
    shown += data.toString();
    if (!prompt.test(shown)) return;
    const answer = left.shift();
    if (answer !== undefined) child.stdin.write(`${answer}\n`);
  });
  const { exitCode } = await child;
  child.stdin.end();
  return { shown: shown.replaceAll('\r', ''), exitCode: exitCode ?? -1 };
}

describe('signing-key create on a terminal', () => {
  it.each([
    { answers: [''], begins: '-----BEGIN PRIVATE KEY-----', says: 'has no passphrase' },
    {
      answers: ['four plain words', 'four plain words'],
      begins: '-----BEGIN ENCRYPTED PRIVATE KEY-----',
      says: 'is encrypted',
    },
  ])('offers a passphrase: $says', async ({ answers, begins, says }) => {
    const key = join(await scratchDirectory(), 'key.pem');

    const { shown, exitCode } = await onTerminal(['signing-key', 'create', '--key', key], { answers });

    expect(exitCode).toBe(0);
    expect(shown).toMatch(/Passphrase for .*key\.pem, at least 10 characters/);
    expect(shown).toContain(says);
    expect(shown).not.toContain('four plain words');
    expect(await readFile(key, 'utf8')).toMatch(new RegExp(`^${begins}`));
  });

  it.each([
    { answers: ['nine char'], flags: [], says: 'expected at least 10 characters, found 9' },
    { answers: [''], flags: ['--passphrase'], says: 'expected at least 10 characters, found none' },
    { answers: ['four plain words', 'four other words'], flags: [], says: 'The passphrases differ.' },
  ])('refuses and writes nothing: $says', async ({ answers, flags, says }) => {
    const key = join(await scratchDirectory(), 'key.pem');

    const { shown, exitCode } = await onTerminal(['signing-key', 'create', '--key', key, ...flags], {
      answers,
    });

    expect(exitCode).toBe(2);
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(says);
    await expect(stat(key)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not ask with --no-passphrase', async () => {
    const key = join(await scratchDirectory(), 'key.pem');
    const { shown, exitCode } = await onTerminal(['signing-key', 'create', '--key', key, '--no-passphrase']);

    expect(exitCode).toBe(0);
    expect(shown).not.toContain('Passphrase for');
  });
});

it('shows presets and long errors within 80 columns, no word broken', async () => {
  const columns = 80;
  const list = await onTerminal(['mirror', 'presets'], { columns });
  const error = await onTerminal(['status', '--config', `/nonexistent/${'a'.repeat(20)}/pommgr.yaml`], {
    columns,
  });

  for (const { shown } of [list, error]) {
    expect(shown.split('\n').filter((line) => line.length > columns)).toEqual([]);
  }
  expect(list.shown).toContain('ceph-tentacle-trixie-no-subscription');
  expect(error.exitCode).not.toBe(0);
});

describe('detach --purge', () => {
  const secret = 'secrets/age-identity.txt';

  async function hostWithSecret(): Promise<{ root: string; store: string }> {
    const root = await scratchDirectory();
    const store = join(root, 'var/lib/pommgr');
    await mkdir(join(store, 'secrets'), { recursive: true });
    await writeFile(join(store, secret), 'AGE-SECRET-KEY-1\n', { mode: 0o600 });
    await writeFile(join(store, 'state.json'), await emptyState());
    return { root, store };
  }

  it.each([
    { answers: ['n'], exitCode: 9 },
    { answers: [''], exitCode: 9 },
    { answers: ['yes'], exitCode: 0 },
  ])('names the secrets and asks; $answers gives $exitCode', async ({ answers, exitCode }) => {
    const { root, store } = await hostWithSecret();

    const outcome = await onTerminal(['detach', '--purge', '--root', root], { answers });

    expect(outcome.shown).toContain(secret);
    expect(outcome.shown).toContain('[y/N]');
    expect(outcome.exitCode).toBe(exitCode);
    const kept = await stat(join(store, secret)).then(
      () => true,
      () => false,
    );
    expect(kept).toBe(exitCode !== 0);
  });

  it('removes no secret without a terminal unless --yes says so', async () => {
    const { root, store } = await hostWithSecret();
    const args = [program, 'detach', '--purge', '--root', root];

    const refused = await execa(process.execPath, args, { reject: false, stdin: 'ignore' });
    expect(refused.exitCode).toBe(9);
    expect(refused.stderr).toContain(join(store, secret));
    expect((await stat(join(store, secret))).isFile()).toBe(true);

    const done = await execa(process.execPath, [...args, '--yes'], { reject: false, stdin: 'ignore' });
    expect(done.exitCode).toBe(0);
    expect(done.stdout).toContain(join(store, secret));
    await expect(stat(store)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** The state of a store that has applied nothing yet. */
async function emptyState(): Promise<string> {
  const { emptyStoreState } = await import('../../src/store/domain/store-state.ts');
  return JSON.stringify(emptyStoreState);
}
