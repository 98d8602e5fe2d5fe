import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dir } from 'tmp-promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/adapters/config-file.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';

const minimal = `schema: pommgr/config/v1
track: site
mirrors:
  - id: debian
    uri: http://deb.example.org/debian/
    suite: trixie
    components: [main]
    keyring: keys/debian.gpg
`;

let directory: string;
let cleanup: () => Promise<void>;

beforeAll(async () => {
  const made = await dir({ unsafeCleanup: true });
  directory = made.path;
  cleanup = made.cleanup;
});
afterAll(() => cleanup());

async function fileWith(content: string | Uint8Array): Promise<string> {
  const file = join(directory, 'given.yaml');
  await writeFile(file, content);
  return file;
}

async function failure(content: string | Uint8Array): Promise<PommgrError> {
  const file = await fileWith(content);
  const error: unknown = await loadConfig(file).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PommgrError)) throw new Error(`expected a PommgrError, got ${String(error)}`);
  error.message = error.message.replaceAll(file, 'F');
  return error;
}

describe('loadConfig', () => {
  it('fills defaults in and makes paths absolute from the directory of the file', async () => {
    const config = await loadConfig(await fileWith(minimal));
    expect(config).toMatchObject({
      file: join(directory, 'given.yaml'),
      baseDir: join(directory, 'mirror'),
      stateDir: join(directory, 'state'),
      engine: 'auto',
      signing: { privateKeys: [join(directory, 'signing-key.pem')] },
      download: { concurrency: 24, retries: 4, timeoutSeconds: 60 },
      targets: [],
    });
    expect(config.mirrors).toEqual([
      {
        id: 'debian',
        types: ['deb'],
        uri: 'http://deb.example.org/debian',
        suite: 'trixie',
        components: ['main'],
        architectures: ['amd64'],
        keyring: join(directory, 'keys/debian.gpg'),
        checkValidUntil: true,
        filters: { skip: { packages: [], sections: [] }, include: { packages: [] }, versions: 'all' },
      },
    ]);
  });

  it('takes the named file before the environment, that before the directory, that before /etc', async () => {
    const tracks = ['chosen', 'environment', 'here', 'system'];
    const files = tracks.map((track) => join(directory, track, 'pommgr.yaml'));
    for (const [index, file] of files.entries()) {
      await mkdir(join(file, '..'));
      await writeFile(file, minimal.replace('track: site', `track: ${tracks[index]}`));
    }
    const [chosen, environment, here, system] = files as [string, string, string, string];
    const places = {
      directory: join(here, '..'),
      environment: { POMMGR_CONFIG: environment },
      systemFile: system,
    };
    const noEnvironment = { ...places, environment: {} };
    expect((await loadConfig(chosen, places)).track).toBe('chosen');
    expect((await loadConfig(undefined, places)).track).toBe('environment');
    expect((await loadConfig(undefined, noEnvironment)).track).toBe('here');
    expect((await loadConfig(undefined, { ...noEnvironment, directory })).track).toBe('system');
    await expect(
      loadConfig(undefined, {
        directory,
        environment: { POMMGR_CONFIG: '' },
        systemFile: join(directory, 'none'),
      }),
    ).rejects.toMatchObject({ code: 'config.missing', exitCode: 3 });
  });

  it('does not pass over a named file that is missing or a directory', async () => {
    await expect(loadConfig(join(directory, 'none.yaml'))).rejects.toMatchObject({ code: 'config.missing' });
    await expect(
      loadConfig(undefined, { environment: { POMMGR_CONFIG: join(directory, 'none.yaml') } }),
    ).rejects.toMatchObject({ code: 'config.missing' });
    await expect(loadConfig(directory)).rejects.toMatchObject({ code: 'config.unreadable' });
  });

  it('refuses a file that is not UTF-8', async () => {
    const error = await failure(Buffer.concat([Buffer.from(minimal), Buffer.from([0x23, 0xff, 0xfe])]));
    expect(error.code).toBe('config.syntax');
  });

  it('names the versions when another pommgr wrote the file', async () => {
    const error = await failure(`# ours\n${minimal.replace('config/v1', 'config/v2')}new: 1\n`);
    expect(error.code).toBe('config.version');
    expect(error.message).toContain('F:2:9');
    expect(error.message).toContain('this pommgr reads pommgr/config/v1');
  });

  it('reports all issues together, in the order of the file', async () => {
    const error = await failure(`schema: pommgr/config/v1
track: Site
enigne: auto
mirrors:
  - id: one
    uri: ftp://example.org/
    suite: 1.10
    components: main
    keyring: k.gpg
  - id: two
    suite: trixie
    components: []
    keyrng: k.gpg
`);
    expect(error.code).toBe('config.invalid');
    expect(error.message.split('\n')).toEqual([
      'The config has 8 errors:',
      '  F:2:8: track: expected lower-case letters, digits, dots and hyphens, found "Site"',
      '  F:3:1: enigne: there is no such setting here; did you mean "engine"?',
      '  F:6:10: mirrors[0].uri: expected an http://, https:// or file:// URI without "?" and "#", found "ftp://example.org/"',
      '  F:7:12: mirrors[0].suite: expected text, found the number 1.10: put it in quotes, "1.10"',
      '  F:8:17: mirrors[0].components: expected a list, found "main": put it in brackets, [main]',
      '  F:10:5: mirrors[1].uri: missing, expected text',
      '  F:10:5: mirrors[1].keyring: missing, expected text',
      '  F:13:5: mirrors[1].keyrng: there is no such setting here; did you mean "keyring"?',
    ]);
    expect(error.details['issues']).toHaveLength(8);
  });

  it.each([
    ['a duplicate key', `${minimal}track: other\n`, 'F:9:1: this setting is there twice'],
    ['a second document', `${minimal}---\nschema: x\n`, 'F:9:1: a second document begins here'],
    ['a tab', `${minimal}download:\n\tretries: 1\n`, 'F:10:1: a tab is used to indent'],
    ['an anchor', minimal.replace('[main]', '&c [main]'), 'F:7:20: an anchor ("&c") is not supported'],
    ['an alias', `${minimal.replace('[main]', '&c [main]')}architectures: *c\n`, 'F:9:16: an alias ("*c")'],
    ['a tag', minimal.replace('site', '!!binary c2l0ZQ=='), 'F:2:17: a tag ("tag:yaml.org,2002:binary")'],
    ['an open quote', `${minimal}engine: "auto\n`, 'not valid YAML: Missing closing "quote'],
  ])('refuses %s', async (_what, content, expected) => {
    const error = await failure(content);
    expect(error.code).toBe('config.syntax');
    expect(error.message).toContain(expected);
  });

  it('does not unfold an alias bomb', async () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`,
    );
    const error = await failure(`l0: &l0 [x, x]\n${levels.join('\n')}\n`);
    expect(error.code).toBe('config.syntax');
  });

  it.each([
    ['an empty file', '', 'F:1:1: the file has no settings'],
    ['a list', '- a\n', 'F:1:1: expected a group of settings, found a list'],
    [
      'a truth value',
      minimal.replace('trixie', 'true'),
      'found the truth value true: put it in quotes, "true"',
    ],
    [
      'a value left out',
      minimal.replace('trixie', ''),
      'F:6:12: mirrors[0].suite: expected text, found nothing',
    ],
    [
      'a mistyped choice',
      `${minimal}engine: builtn\n`,
      'expected one of auto, pom, builtin, found "builtn"; did you mean "builtin"?',
    ],
    [
      'a number too large',
      `${minimal}download: {concurrency: 900}\n`,
      'download.concurrency: expected 64 or less, found the number 900',
    ],
    ['a fraction', `${minimal}download: {retries: 1.5}\n`, 'expected a whole number, found the number 1.5'],
    ['components of a flat repository', minimal.replace('trixie', './'), 'which has no components'],
    [
      'no components',
      minimal.replace(/components: \[[^\]]*\]/, 'components: []'),
      'expected a list with at least 1 entry',
    ],
    ['a suite that leads elsewhere', minimal.replace('trixie', '../../etc'), 'expected the name of a suite'],
    ['an id that POM refuses', minimal.replace('id: debian', 'id: -d'), 'mirrors[0].id: expected 3 to 32 of'],
    [
      'an architecture that is none',
      `${minimal}architectures: [any]\n`,
      'architectures[0]: expected an architecture',
    ],
    [
      'a glob with a hole',
      `${minimal}    include: {packages: ['li[b']}\n`,
      'include.packages[0]: expected a package name',
    ],
    [
      'an unknown key with nothing near',
      `${minimal}wibblewobble: 1\n`,
      'there is no such setting here; there are schema, track,',
    ],
    [
      'a magic key',
      `${minimal}__proto__: {engine: pom}\n`,
      'F:9:1: __proto__: there is no such setting here',
    ],
    ['a merge key', `${minimal}<<: {engine: pom}\n`, 'F:9:1: <<: there is no such setting here'],
    ['a duplicate id', `${minimal}${mirrorOf(minimal)}`, 'F:9:9: mirrors[1].id: "debian" is taken already'],
    [
      'a client key alone',
      `${minimal}    clientKey: ./client.key\n`,
      'F:9:16: mirrors[0].clientKey: expected clientCertificate beside it',
    ],
    [
      'a package both in and out',
      `${minimal}    include: {packages: [a]}\n    skip: {packages: [a]}\n`,
      'F:9:26: mirrors[0].include.packages[0]: "a" is in skip.packages',
    ],
    [
      'an unknown mirror in a target',
      `${minimal}${target('debain', '')}`,
      'F:11:15: targets[0].mirrors[0]: no mirror of this config has the id "debain"; did you mean "debian"?',
    ],
    [
      'a stranger in notAutomatic',
      `${minimal}${target('debian', 'notAutomatic: [other]')}`,
      'targets[0].notAutomatic[0]: "other" is not among the mirrors of this target',
    ],
    [
      'an architecture without mirror',
      `${minimal}${target('debian', 'architectures: [arm64]')}`,
      'targets[0].architectures[0]: no mirror of this target has the architecture "arm64", only amd64',
    ],
    [
      'a target twice',
      `${minimal}${target('debian', '')}${target('debian', '').replace('targets:\n', '')}`,
      'targets[1].name: "a" is taken already',
    ],
  ])('finds %s', async (_what, content, expected) => {
    const error = await failure(content);
    expect(error.code).toBe('config.invalid');
    expect(error.exitCode).toBe(3);
    expect(error.message).toContain(expected);
  });

  it('never repeats a login that stands in a URI', async () => {
    const error = await failure(minimal.replace('http://', 'https://pve2c-0123456789:secret@'));
    expect(error.message).toContain('expected a URI without a login');
    expect(JSON.stringify([error.message, error.details, error.hints])).not.toMatch(/secret|pve2c/);
  });

  it('keeps what YAML 1.1 would have changed', async () => {
    const config = await loadConfig(
      await fileWith(minimal.replace('trixie', 'on').replace('[main]', '[yes, 2026-11-22]')),
    );
    expect(config.mirrors[0]).toMatchObject({ suite: 'on', components: ['2026-11-22', 'yes'] });
  });

  it('reads a file with a byte order mark and CRLF', async () => {
    const config = await loadConfig(await fileWith(`\uFEFF${minimal.replaceAll('\n', '\r\n')}`));
    expect(config.track).toBe('site');
  });
});

function mirrorOf(config: string): string {
  return config.slice(config.indexOf('  - id'));
}

function target(mirror: string, more: string): string {
  return `targets:\n  - name: a\n    mirrors: [${mirror}]\n    products: [pve]\n    codename: trixie\n${more === '' ? '' : `    ${more}\n`}`;
}
