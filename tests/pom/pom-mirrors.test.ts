import { describe, expect, test } from 'vitest';
import { noFilters, type Mirror } from '../../src/config/domain/mirror.ts';
import { planPomMirrors, pomMirrorSchema, type PomMirror } from '../../src/pom/domain/pom-mirrors.ts';
import { pomProblems, pomProblemsError } from '../../src/pom/domain/pom-problems.ts';
import { subscriptionLogin } from '../../src/pom/domain/pom-keys.ts';
import { formatPomRepository, parsePomRepository } from '../../src/pom/domain/pom-repository.ts';

const mirror: Mirror = {
  id: 'pve-9',
  types: ['deb'],
  uri: 'https://example.org/debian/pve',
  suite: 'trixie',
  components: ['contrib', 'main'],
  architectures: ['amd64'],
  keyring: '/keys/pve.gpg',
  checkValidUntil: true,
  filters: noFilters,
};
const present: PomMirror = pomMirrorSchema.parse({
  id: 'pve-9',
  repository: 'deb https://example.org/debian/pve trixie contrib main',
  architectures: ['amd64', 'all'],
  'base-dir': '/srv/mirror',
  'key-path': '/keys/pve.gpg',
  sync: false,
  verify: false,
  'weak-crypto': 'allow-sha1=1',
});

function plan(ours: readonly Mirror[], theirs: readonly PomMirror[], ignoreErrors = false) {
  const keyPaths = new Map(ours.map(({ id, keyring }) => [id, keyring]));
  return planPomMirrors({ mirrors: ours, baseDir: '/srv/mirror', keyPaths, ignoreErrors }, theirs);
}

describe('planPomMirrors', () => {
  test('has nothing to do where both say the same', () => {
    expect(plan([mirror], [present])).toEqual({ states: [{ mirror: 'pve-9', state: 'same' }], changes: [] });
  });

  test.each<[string, Partial<PomMirror>]>([
    ['another order of components', { repository: 'deb https://example.org/debian/pve trixie main contrib' }],
    [
      'a slash at the end of the URI',
      { repository: 'deb https://example.org/debian/pve/ trixie contrib main' },
    ],
    [
      'options',
      { repository: 'deb [arch=amd64 lang=none] https://example.org/debian/pve trixie contrib main' },
    ],
    ['a login', { repository: 'deb https://me:pass@example.org/debian/pve trixie contrib main' }],
    ['another order of architectures', { architectures: ['all', 'amd64'] }],
    ['a slash at the end of the base directory', { 'base-dir': '/srv/mirror/' }],
    ['ignore-errors', { 'ignore-errors': true }],
  ])('leaves %s as it is', (_, difference) => {
    expect(plan([mirror], [{ ...present, ...difference }]).changes).toEqual([]);
  });

  test.each<[string, Partial<PomMirror>, Record<string, unknown>]>([
    [
      'repository',
      { repository: 'deb https://me:pass@example.org/debian/pve bookworm contrib main' },
      { repository: formatPomRepository(mirror) },
    ],
    ['repository', { repository: 'garbage' }, { repository: formatPomRepository(mirror) }],
    ['architectures', { architectures: ['amd64,all'] }, { architectures: ['amd64', 'all'] }],
    ['base-dir', { 'base-dir': '/elsewhere' }, { 'base-dir': '/srv/mirror' }],
    ['key-path', { 'key-path': '/old.gpg' }, { 'key-path': '/keys/pve.gpg' }],
  ])('changes another %s', (name, difference, options) => {
    const { states, changes } = plan([mirror], [{ ...present, ...difference }]);
    expect(states).toEqual([{ mirror: 'pve-9', state: 'to change' }]);
    expect(changes).toMatchObject([{ mirror: 'pve-9', state: 'to change', settings: [{ name }], options }]);
    expect(changes[0]?.options).toEqual(options);
    expect(JSON.stringify(changes)).not.toContain('pass');
  });

  test('adds what POM lacks and leaves alone what only POM has', () => {
    const skip = { packages: ['*-dbg'], sections: ['games'] };
    const added: Mirror = { ...mirror, id: 'new', useSubscription: 'pve', filters: { ...noFilters, skip } };
    const { states, changes } = plan([added], [present], true);
    expect(states).toEqual([
      { mirror: 'new', state: 'to add' },
      { mirror: 'pve-9', state: 'only in POM' },
    ]);
    expect(changes.map(({ options }) => options)).toEqual([
      {
        repository: 'deb https://example.org/debian/pve trixie contrib main',
        architectures: ['amd64', 'all'],
        'base-dir': '/srv/mirror',
        'key-path': '/keys/pve.gpg',
        'skip-packages': ['*-dbg'],
        'skip-sections': ['games'],
        'ignore-errors': 'true',
        'use-subscription': 'pve',
        sync: 'true',
        verify: 'true',
      },
    ]);
  });

  test('lets POM go on after errors only where that is allowed', () => {
    expect(plan([mirror], [present], true).changes[0]?.options).toEqual({ 'ignore-errors': 'true' });
  });
});

describe('pomProblems', () => {
  const known = { mirrors: [present], media: [] };

  test.each<[string, Partial<Mirror>]>([
    ['include', { filters: { ...noFilters, include: { packages: ['bash'] } } }],
    ['versions', { filters: { ...noFilters, versions: 'latest' } }],
    ['types', { types: ['deb', 'deb-src'] }],
    ['uri', { uri: 'file:///srv/repository' }],
    ['suite', { suite: 'trixie main' }],
    ['components', { components: ['main contrib'] }],
    ['authFile', { authFile: '/secrets/login' }],
    ['caFile', { caFile: '/ca.pem' }],
    ['clientCertificate', { clientCertificate: '/client.pem' }],
    ['useSubscription', { useSubscription: 'pve' }],
  ])('names %s', (setting, change) => {
    const problems = pomProblems([{ ...mirror, ...change }], known);
    expect(problems.map((problem) => problem.setting)).toEqual([setting]);
    expect(pomProblemsError(problems, '/site/pommgr.yaml')).toMatchObject({
      code: 'config.engine',
      message: expect.stringContaining(`mirror pve-9, ${setting}: `) as string,
    });
  });

  test.each<[string, Partial<PomMirror>]>([
    ['skip.packages', { 'skip-packages': ['x'] }],
    ['skip.sections', { 'skip-sections': ['x', 'y'] }],
    ['useSubscription', { 'use-subscription': 'pve' }],
  ])('names %s, which POM cannot unset', (setting, change) => {
    const problems = pomProblems([mirror], { mirrors: [{ ...present, ...change }], media: [] });
    expect(problems).toMatchObject([
      { setting, hint: expect.stringContaining('--remove-data false') as string },
    ]);
  });

  test('finds none in what POM can do', () => {
    expect(pomProblems([mirror], known)).toEqual([]);
    expect(
      pomProblems([{ ...mirror, useSubscription: 'pve', authFile: '/x' }], { mirrors: [], media: [] }),
    ).toEqual([]);
    const skipsNothing = { ...present, 'skip-packages': [''] };
    expect(pomProblems([mirror], { mirrors: [skipsNothing], media: [] })).toEqual([]);
  });

  test('takes a login that stands in the line of POM already', () => {
    const line = 'deb https://me:pass@example.org/debian/pve trixie main contrib';
    const withLogin = { mirrors: [{ ...present, repository: line }], media: [] };
    expect(pomProblems([{ ...mirror, authFile: '/secrets/login' }], withLogin)).toEqual([]);
    const other = pomProblems([{ ...mirror, authFile: '/secrets/login', suite: 'bookworm' }], withLogin);
    expect(other.map(({ setting }) => setting)).toEqual(['authFile']);
  });

  test('names a medium of the same name', () => {
    const problems = pomProblems([mirror], { mirrors: [], media: ['pve-9'] });
    expect(problems.map(({ setting }) => setting)).toEqual(['id']);
  });
});

describe('parsePomRepository', () => {
  test.each([
    '',
    'garbage',
    'deb http://host trixie',
    'rpm http://host trixie main',
    'deb nowhere trixie main',
  ])('takes %j for no repository', (line) => {
    expect(parsePomRepository(line)).toBeUndefined();
  });
});

describe('subscriptionLogin', () => {
  const key = (name: string, status?: string) => ({
    key: name,
    'server-id': `id of ${name}`,
    ...(status === undefined ? {} : { status }),
  });

  test('takes an active key of the product, in a fixed order', () => {
    const keys = [
      key('pve4c-b'),
      key('pve2p-z', 'active'),
      key('pve1c-a', 'invalid'),
      key('pbsc-a', 'active'),
      key('pve2p-y', 'active'),
    ];
    expect(subscriptionLogin(keys, 'pve')).toEqual({ user: 'pve2p-y', password: 'id of pve2p-y' });
    expect(subscriptionLogin(keys.slice(2, 3), 'pve')?.user).toBe('pve1c-a');
    expect(subscriptionLogin(keys, 'pmg')).toBeUndefined();
  });
});
