/** The activation steps that people read: complete in both languages, without secrets, whatever a host is called. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTemplate } from '../../src/core/adapters/templates.ts';
import { compareText } from '../../src/core/domain/canonical-json.ts';
import { textWidth } from '../../src/core/domain/text-width.ts';
import type { SubscriptionSet } from '../../src/subscription/domain/subscription-set.ts';
import {
  renderSteps,
  type StepsFormat,
  type StepsLanguage,
} from '../../src/subscription/workflows/render-steps.ts';
import { subscriptionSteps } from '../../src/subscription/workflows/subscription-steps.ts';
import { createHost } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { anInfo, hostTime, serverId } from '../support/product-host.ts';
import { bringSubscriptions, createOperatorKey, packedSet } from '../support/subscription-medium.ts';

const languages: StepsLanguage[] = ['en', 'ja'];
const formats: StepsFormat[] = ['text', 'md', 'html'];
const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kdnfvacpsgt2n0t'.slice(0, 62);

/** A host of each product, one of them with an encrypted info and one without any. */
async function site(): Promise<SubscriptionSet> {
  const { set } = await packedSet([
    { name: 'pve-a', info: anInfo() },
    { name: 'backup', product: 'pbs', info: anInfo({ key: 'pbsb-abcdef0123' }) },
    { name: 'mail', product: 'pmg', info: anInfo({ key: 'pmgs-abcdef4567' }) },
  ]);
  const [first, , mail] = set.hosts;
  const info = mail!.infos[0]!;
  const encrypted = { ...info, encryption: 'age' as const, file: 'infos/0003.age', recipients: [recipient] };
  set.hosts[2] = { ...mail!, infos: [encrypted] };
  set.hosts.push({
    ...first!,
    name: 'keyless',
    owner: 'reseller',
    contract: 'C-77',
    renewal: '2027-03-01',
    infos: [],
  });
  return set;
}

/** Ids of the steps in the order of a text, and how many commands, outputs and messages each has. */
function outline(html: string): string[] {
  const found: string[] = [];
  for (const [, id, body = ''] of html.matchAll(/<section class="step ([a-z]+)">([\s\S]*?)<\/section>/g)) {
    const count = (what: RegExp): number => body.match(what)?.length ?? 0;
    const commands = [...body.matchAll(/<pre class="\w+">[\s\S]*?<\/pre>/g)].map(([text]) => text);
    found.push([id, count(/<p>/g), count(/<dt>/g), ...commands].join(' | '));
  }
  return found;
}

describe('the templates', () => {
  test('have the same steps, commands and messages in both languages, for every kind of host', async () => {
    const set = await site();
    const [en = [], ja = []] = await Promise.all(
      languages.map(async (lang) => outline(await renderSteps(set, { format: 'html', lang }))),
    );

    expect(en.length).toBeGreaterThan(25);
    expect(ja).toEqual(en);
    const ids = new Set(en.map((step) => step.split(' | ')[0] ?? ''));
    expect([...ids].toSorted(compareText)).toEqual([
      'activate',
      'check',
      'helper',
      'keep',
      'medium',
      'messages',
      'missing',
      'server',
      'set',
      'undo',
      'version',
      'visit',
    ]);
  });

  test('explain the same messages in both languages', async () => {
    const [en, ja] = await Promise.all(
      languages.map(async (lang) =>
        [...(await readTemplate(`steps.${lang}.eta`)).matchAll(/^- (`.*`) ::/gm)].map(([, term]) => term),
      ),
    );

    expect(en?.length).toBeGreaterThan(12);
    expect(ja).toEqual(en);
  });

  test('use the same values in both languages', async () => {
    const [en, ja] = await Promise.all(
      languages.map(async (lang) =>
        [...(await readTemplate(`steps.${lang}.eta`)).matchAll(/<%=? (.*?) %>/g)].map(([, code]) =>
          code?.replaceAll(/'[^']*'/g, "''"),
        ),
      ),
    );

    expect(ja).toEqual(en);
  });
});

describe.each(languages)('steps in %s', (lang) => {
  test('name no key, no whole server ID, and no blob, in any format', async () => {
    for (const format of formats) {
      const text = await renderSteps(await site(), { format, lang });
      expect(text).toMatch(/pve2b-(?:\\?\*){4}789/);
      expect(text).not.toMatch(/0123456789|abcdef0123|abcdef4567|eyJ/);
      expect(text).not.toContain(serverId);
    }
  });

  test('are at most 80 columns wide as text', async () => {
    const lines = (await renderSteps(await site(), { format: 'text', lang })).split('\n');
    expect(lines.filter((line) => textWidth(line) > 80)).toEqual([]);
  });

  test('say how to do it for each product, and who can read an encrypted info', async () => {
    const set = await site();
    const text = async (host: string) => renderSteps(set, { format: 'text', lang, host });

    expect(await text('pve-a')).toContain(
      'pvesubscription set-offline-key "$(base64 -w0 < infos/0001.json)"',
    );
    expect(await text('pve-a')).toContain('cd /mnt/usb/subscriptions/20261120T080000Z\n');
    expect(await text('backup')).toContain('proxmox-backup-manager subscription set-offline-key \\');
    expect(await text('backup')).toMatch(/dpkg-query -W proxmox-backup-server[\s\S]*2\.2\.6-1/);
    const mail = await text('mail');
    expect(mail).toContain('pommgr subscription activate --media /mnt/usb --product pmg');
    expect(mail).not.toMatch(/base64|offline-mirror-helper offline-key/);
    const keyless = await text('keyless');
    expect(keyless).toMatch(/C-77[\s\S]*2027-03-01/);
    expect(keyless).not.toMatch(/sha256sum|set-offline-key/);
  });

  test('are one page of HTML without scripts and without anything from elsewhere', async () => {
    const set = await site();
    set.hosts[0]!.name = '</title><script src="http://x/"></script><img onerror=alert(1)>';
    const html = await renderSteps(set, { format: 'html', lang });

    expect(html).toMatch(new RegExp(`^<!DOCTYPE html>\n<html lang="${lang}">`));
    expect(html.match(/<(?:script|img|link|iframe|object|embed|form)\b/gi)).toBeNull();
    expect(html).not.toMatch(/url\(|@import|\ssrc="|href="(?!#host-)/);
    const links = [...html.matchAll(/href="#(.*?)"/g)].map(([, id]) => id);
    const ids = [...html.matchAll(/ id="(.*?)"/g)].map(([, id]) => id);
    expect(links).toEqual(ids);
  });
});

test('a key that runs out before the next visit, and a second server ID, are pointed out', async () => {
  const set = await site();
  set.hosts[0]!.infos[0]!.validUntil = '2027-01-31T00:00:00Z';
  set.hosts[0]!.serverIds.push('F'.repeat(32));

  const text = await renderSteps(set, { format: 'text', lang: 'en', host: 'pve-a' });

  expect(text).toContain('Beware: this key runs out before the next visit.');
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(
    /The server ID must be [0-9A-F]{4}\*{4}[0-9A-F]{4} or FFFF\*{4}FFFF \(the middle is masked\)/,
  );
});

test('of a medium are those of the newest set for each host, with the paths of that medium', async () => {
  const key = await createOperatorKey();
  const root = await createHost([key.publicKey]);
  const media = await bringSubscriptions(key, [
    { name: 'old', info: anInfo() },
    { name: 'both', info: anInfo({ nextduedate: '2027-02-01' }) },
  ]);
  await bringSubscriptions(key, [{ name: 'both', info: anInfo() }], {
    media,
    created: '2026-11-21T08:00:00Z',
  });
  const steps = async (host?: string) =>
    subscriptionSteps({ media, root, host, format: 'text', lang: 'en', context: testContext(hostTime) });

  expect((await steps('old')).text).toContain(`cd ${join(media, 'subscriptions/20261120T080000Z')}`);
  const both = await steps('both');
  expect(both).toMatchObject({ host: 'both', format: 'text', lang: 'en' });
  expect(both.text).toContain(`cd ${join(media, 'subscriptions/20261121T080000Z')}`);
  expect(both.text).toContain('Due: 2027-05-01');
  await expect(steps('none')).rejects.toMatchObject({
    code: 'usage.host',
    hints: [expect.stringContaining('both, old'), expect.anything()],
  });
  const empty = await bringSubscriptions(key, []);
  expect(
    (
      await subscriptionSteps({
        media: empty,
        root,
        format: 'text',
        lang: 'en',
        context: testContext(hostTime),
      })
    ).text,
  ).toContain('Subscription keys');
  await expect(readFile(join(media, 'STEPS.txt'))).rejects.toThrow();
});

test('every file that a product writes is kept and put back by hand, and its own messages are explained', async () => {
  const files = {
    pve: ['/etc/subscription', '/etc/apt/auth.conf.d/pve.conf', '/etc/apt/auth.conf.d/ceph.conf'],
    pbs: ['/etc/proxmox-backup/subscription'],
    pmg: ['/etc/pmg/subscription', '/etc/apt/auth.conf.d/pmg.conf'],
  };
  const copies = new Set<string>();
  for (const [product, paths] of Object.entries(files)) {
    const info = anInfo({ key: `${product}${product === 'pve' ? '2' : ''}b-0123456789` });
    const { set } = await packedSet([{ name: 'one', product: product as keyof typeof files, info }]);
    for (const lang of languages) {
      const text = await renderSteps(set, { format: 'text', lang });
      const kept = [...text.matchAll(/cp -a (\/etc\/\S+) (~\S+)$/gm)];
      const putBack = [...text.matchAll(/cp -a (~\S+) (\/etc\/\S+)$/gm)];
      expect(kept.map(([, path]) => path)).toEqual(paths);
      expect(putBack.map(([, copy, path]) => [path, copy])).toEqual(
        kept.map(([, path, copy]) => [path, copy]),
      );
      for (const [, , copy = ''] of kept) copies.add(`${product} ${copy}`);
      expect(text).toContain('SubscriptionInfo is not signed!');
      expect(text).not.toContain('no key available');
      expect(text.includes('Subscription is not a PBS subscription')).toBe(product === 'pbs');
      expect(text.includes("subscription key is for the 'arm64' architecture")).toBe(product === 'pve');
    }
  }
  // A host with two products keeps both apart.
  expect(new Set([...copies].map((line) => line.split(' ')[1])).size).toBe(copies.size);
});
