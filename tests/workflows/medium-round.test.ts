/** The medium goes round: hosts leave reports on it, and the next baseline is made for them. No file is carried by hand. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { readPackages } from '../../src/mirror/adapters/package-list-file.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { reportHost } from '../../src/host/workflows/report.ts';
import type { HostWish } from '../../src/hosts/workflows/take-reports.ts';
import { trustedHostsText } from '../../src/hosts/ui/trusted-hosts-text.ts';
import { listHosts } from '../../src/hosts/workflows/list-hosts.ts';
import { listSite } from '../../src/report/workflows/list-site.ts';
import { forecastLock } from '../../src/forecast/workflows/forecast-lock.ts';
import { trustHost } from '../../src/hosts/workflows/trusted-hosts.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { aptWithoutNetwork, createHost, pretendInstalled } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createThinSite, type ThinSite } from '../support/thin-site.ts';

let site: ThinSite;
let root: string;
let media: string;

/** One visit later than before, so that reports of two visits differ in time. */
let day = 1;
function nextDay(): ReturnType<typeof testContext> {
  day += 1;
  return testContext(`2025-06-${String(day).padStart(2, '0')}T00:00:00Z`);
}

async function takeSnapshot(options: { media?: string[]; accept?: boolean } = {}) {
  const asked: (readonly HostWish[])[] = [];
  const context = nextDay();
  const result = await snapshot({
    ...{ configFile: site.configFile, context, force: false, dryRun: false, media: options.media ?? [] },
    acceptWishes: (wishes) => {
      asked.push(wishes);
      return Promise.resolve(options.accept ?? false);
    },
  });
  return { result, asked, context };
}

/** Names and versions in a baseline, by its number. */
async function packagesOf(number: number): Promise<string[]> {
  const names: string[] = [];
  const path = join(site.directory, 'state/baselines', `test-${number}`, 'packages.jsonl');
  for await (const { name, version } of readPackages(path)) names.push(`${name} ${version}`);
  return names;
}

async function reportName(top: string): Promise<string> {
  const names = await readdir(join(top, 'receipts'));
  return names.find((name) => /^[0-9a-f]{16}-[0-9TZ]+\.json$/.test(name)) ?? '';
}

beforeAll(async () => {
  site = await createThinSite({ install: [] });
  const key = await createSigningKey(join(site.directory, 'signing-key.pem'));
  root = await createHost([key]);
  await pretendInstalled(root, await buildPackage({ name: 'base', version: '1.0' }));
  await pretendInstalled(root, await buildPackage({ name: 'postfix', version: '2.0' }));
  await writeFile(join(root, 'etc/hostname'), 'mail\n');
  media = await scratchDirectory();
  await takeSnapshot();
  await pack({ configFile: site.configFile, media, context: nextDay() });
});

describe('a medium that goes round', () => {
  it('brings a wish back, and what the host has installed, without a file touched by hand', async () => {
    await apply({ media, root, receipt: media, context: nextDay() });
    const [publicKey = ''] = (await readdir(join(media, 'receipts'))).filter((name) => name.endsWith('.pem'));
    await trustHost(join(media, 'receipts', publicKey), site.configFile);
    expect(await packagesOf(1)).toEqual(['base 1.1', 'libbase 1.1']);

    const wished = await reportHost({
      ...{ root, store: undefined, media, install: ['desktop', 'no-such-thing'], withdraw: [] },
      ...{ why: 'a screen for the operators', who: 'Ada', context: nextDay() },
    });
    expect(wished.wishes.map((wish) => wish.package)).toEqual(['desktop', 'no-such-thing']);

    const refused = await takeSnapshot({ media: [media] });
    expect(refused.asked).toMatchObject([
      [
        { package: 'desktop', who: 'Ada', why: 'a screen for the operators', host: { name: 'mail' } },
        { package: 'no-such-thing' },
      ],
    ]);
    expect(refused.result.outcome).toBe('made');
    expect(await packagesOf(2)).toEqual(['base 1.1', 'libbase 1.1', 'postfix 3.0']);
    expect(refused.context.warnings.join('\n')).toContain('The host mail wishes desktop: "a screen');

    const agreed = await takeSnapshot({ accept: true });
    expect(await packagesOf(3)).toEqual([
      ...['base 1.1', 'desktop 9.0', 'libbase 1.1', 'postfix 3.0', 'toolkit 9.0'],
    ]);
    expect(agreed.context.warnings.join('\n')).toContain(
      'No mirror of the target debian has no-such-thing, which a host wishes.',
    );
    const forecastOf = (host: string) =>
      forecastLock({ configFile: site.configFile, lock: { host }, baseline: 'test-3', context: nextDay() });
    const { subject, sources } = await forecastOf('mail');
    expect(subject).toMatchObject({ kind: 'lock', hostName: 'mail', baseline: { name: 'test-3' } });
    expect(
      sources.flatMap(({ changes }) => changes.map(({ name, to }) => `${name} ${to}`)).toSorted(),
    ).toEqual([...['base 1.1', 'libbase 1.1', 'postfix 3.0']]);
    await expect(forecastOf('nobody')).rejects.toMatchObject({ code: 'usage.host' });
    expect((await takeSnapshot({ media: [media] })).asked).toEqual([]);

    await pack({ configFile: site.configFile, media, context: nextDay() });
    await apply({ media, root, receipt: media, context: nextDay() });
    expect(await aptWithoutNetwork(root, ['apt-get', '-s', 'install', 'desktop'])).toContain('Inst toolkit');
    const { wishes } = JSON.parse(
      await readFile(join(media, 'receipts', await reportName(media)), 'utf8'),
    ) as {
      wishes: { package: string }[];
    };
    expect(wishes.map((wish) => wish.package)).toEqual(['no-such-thing']);
  });

  it('is seen online: what the host has applied, how far behind it is, and what it waits for', async () => {
    const { hosts } = await listHosts(site.configFile);
    expect(hosts).toMatchObject([
      {
        name: 'mail',
        products: [],
        baseline: 'test-1',
        drift: { behind: 1 },
        wishes: ['desktop', 'no-such-thing'],
      },
    ]);
    const listed = await listSite({ configFile: site.configFile, withForecast: false, context: nextDay() });
    expect(trustedHostsText(listed, new Date('2025-06-30T00:00:00Z'))).toMatch(
      /Host: +mail \([0-9a-f]{16}\)\n.*\nBaseline: +test-1\nReported: +2025-06-\d\dT00:00:00Z, \d+ days ago\nDrift: +1 package older, /,
    );
  });

  it('takes no older report after a newer one, and says so', async () => {
    const old = join(await scratchDirectory(), 'old');
    await cp(media, old, { recursive: true });
    await reportHost({
      ...{ root, store: undefined, media, install: [], withdraw: ['no-such-thing'] },
      ...{ why: undefined, who: undefined, context: nextDay() },
    });
    await takeSnapshot({ media: [media] });

    const { context, result } = await takeSnapshot({ media: [old] });

    expect(result.outcome).toBe('unchanged');
    expect(context.warnings.join('\n')).toMatch(
      /The report of host mail .* is ignored: a newer one, .*, is known\./,
    );
  });

  it('keeps what it knows where a lock got lost, and refuses one that was changed', async () => {
    await reportHost({
      ...{ root, store: undefined, media, install: [], withdraw: [] },
      ...{ why: undefined, who: undefined, context: nextDay() },
    });
    const lock = join(media, 'receipts', (await reportName(media)).replace('.json', '.lock.json'));
    const spoilt = join(await scratchDirectory(), 'spoilt');
    await cp(media, spoilt, { recursive: true });
    const copy = lock.replace(media, spoilt);
    await writeFile(copy, (await readFile(copy, 'utf8')).replace('postfix', 'desktop'));
    await expect(takeSnapshot({ media: [spoilt] })).rejects.toMatchObject({
      code: 'trust.signature',
      exitCode: 4,
    });

    await rm(copy);
    const { context, result } = await takeSnapshot({ media: [spoilt] });

    expect(result.outcome).toBe('unchanged');
    expect(context.warnings.join('\n')).toContain('for its lock is missing');
  });

  it('ignores hosts that are not trusted', async () => {
    const stranger = await createHost([]);
    await pretendInstalled(stranger, await buildPackage({ name: 'desktop', version: '1.0' }));
    const stick = await scratchDirectory();
    await reportHost({
      ...{ root: stranger, store: undefined, media: stick, install: ['toolkit'], withdraw: [] },
      ...{ why: undefined, who: undefined, context: nextDay() },
    });

    const { context, result, asked } = await takeSnapshot({ media: [stick] });

    expect([result.outcome, asked]).toEqual(['unchanged', []]);
    expect(context.warnings.join('\n')).toContain('its host is not trusted');
  });

  it('leaves a lock that openssl and sha256sum tie to the host', async () => {
    const directory = join(media, 'receipts');
    const receipt = await reportName(media);
    const { lock } = JSON.parse(await readFile(join(directory, receipt), 'utf8')) as {
      lock: { sha256: string };
    };

    const { stdout } = await run('sha256sum', [join(directory, receipt.replace('.json', '.lock.json'))]);

    expect(stdout.slice(0, 64)).toBe(lock.sha256);
  });
});
