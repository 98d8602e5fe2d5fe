/** The runbook for hands: complete in both languages, with commands that exist, whatever nodes and owners are called. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planRollout } from '../../src/cluster/domain/plan-rollout.ts';
import type { ClusterPlan } from '../../src/cluster/domain/plan.ts';
import { clusterSteps } from '../../src/cluster/workflows/cluster-steps.ts';
import { textWidth } from '../../src/core/domain/text-width.ts';
import type { SheetFormat, SheetLanguage } from '../../src/subscription/workflows/render-sheet.ts';
import { testContext } from '../support/online.ts';
import { planFacts } from '../support/plan-facts.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { versionsOf, type Json } from '../support/cluster-answers.ts';

const made = planRollout(planFacts(), { migrationBytesPerSecond: 1_000_000 });
const [first, second, third] = made.nodes;

/** Nodes of every kind: with and without Ceph, guests, reboot and problems. */
const rich: ClusterPlan = {
  ...made,
  verdict: 'stop',
  nodes: [
    {
      ...first!,
      isHaMaster: true,
      guests: {
        ...first!.guests,
        running: 4,
        moving: [
          { vmid: 100, type: 'qemu', isByHa: true },
          { vmid: 105, type: 'qemu', isByHa: false },
          { vmid: 106, type: 'lxc', isByHa: false },
        ],
        cannotMove: [{ vmid: 107, type: 'lxc', reasons: ['mp0 lies on the local storage local'] }],
      },
      memory: { ...first!.memory, toleratesFailure: false },
      reboot: { isDue: true, reasons: ['kernel'] },
      packages: {
        baseline: 'pve9-prod-12',
        changes: 7,
        kernel: { running: '6.14.8-2-pve', planned: '6.17.2-1-pve' },
      },
      problems: ['guest 107 cannot be migrated'],
    },
    { ...second!, reboot: { isDue: false, reasons: [] } },
    { ...third!, ceph: [], packages: null, haServices: 0 },
  ],
};

async function render(
  plan: ClusterPlan,
  options: { format?: SheetFormat; lang?: SheetLanguage; owner?: string } = {},
): Promise<string> {
  const planFile = join(await scratchDirectory(), 'plan.json');
  await writeFile(
    planFile,
    JSON.stringify({ schema: 'pommgr/cluster-plan-result/v1', result: plan, warnings: [] }),
  );
  const { text } = await clusterSteps({
    ...{ format: 'html', lang: 'en', owner: 'tanaka', media: '/mnt/usb', planFile },
    ...{ forecastFiles: [], context: testContext() },
    ...options,
  });
  return text;
}

/** Ids of the steps, how many paragraphs and terms each has, and its commands. */
function outline(html: string): string[] {
  return [...html.matchAll(/<section class="step ([a-z]+)">([\s\S]*?)<\/section>/g)].map(
    ([, id, body = '']) => {
      const count = (what: RegExp): number => body.match(what)?.length ?? 0;
      return [id, count(/<p>/g), count(/<dt>/g), ...commandsOf(body)].join(' | ');
    },
  );
}

function commandsOf(html: string): string[] {
  return [...html.matchAll(/<pre class="command"><code>([\s\S]*?)<\/code><\/pre>/g)].flatMap(
    ([, text = '']) =>
      text.replaceAll(/&#([0-9]+);/g, (_, code: string) => String.fromCharCode(Number(code))).split('\n'),
  );
}

test.each<[string, ClusterPlan]>([
  ['every kind of node', rich],
  ['a plan that may begin', made],
])('the steps and commands are the same in both languages: %s', async (_, plan) => {
  const [en, ja] = [outline(await render(plan)), outline(await render(plan, { lang: 'ja' }))];
  expect(en.length).toBeGreaterThanOrEqual(plan.nodes.length * 6 + 2);
  expect(ja).toEqual(en);
});

test('the commands of a node are in the order of the work', async () => {
  const html = await render(rich);
  const [, section = ''] = html.split('<section class="host"');
  expect(commandsOf(section)).toEqual([
    'pommgr apply --media /mnt/usb',
    'pommgr forecast --json > pve2.json',
    'pct shutdown 107',
    'pommgr cluster gate --node pve2 --before drain --owner tanaka --record',
    'ceph osd set noout',
    'ha-manager crm-command node-maintenance enable pve2',
    'target=NODE',
    'qm migrate 105 "$target" --online',
    'pct migrate 106 "$target" --restart',
    'pommgr cluster gate --node pve2 --before upgrade --forecast pve2.json --owner tanaka --record',
    "script --return --command 'apt-get dist-upgrade' pve2.log",
    'pommgr cluster gate --node pve2 --before reboot --log pve2.log --owner tanaka --record',
    'systemctl reboot',
    'ha-manager crm-command node-maintenance disable pve2',
    'ceph osd unset noout',
    'pct start 107',
    'pommgr cluster gate --node pve2 --before next --owner tanaka --record',
  ]);
});

test('Ceph daemons are restarted by hand, in their order, where no reboot is due', async () => {
  const ceph = {
    Package: 'ceph',
    Version: '19.2.4-pve1',
    OldVersion: '19.2.3-pve1',
    CurrentState: 'Installed',
  };
  const versions = [...(versionsOf('9.1.4') as { [name: string]: Json }[]), ceph];
  const plan = planRollout(planFacts({ versions: { pve2: versions } }), {
    migrationBytesPerSecond: 1_000_000,
  });
  const commands = commandsOf(await render(plan)).filter((command) => command.includes('restart ceph'));
  expect(commands.slice(0, 4)).toEqual(
    ['mon@pve2', 'mgr@pve2', 'osd@1', 'mds@pve2'].map((unit) => `systemctl restart ceph-${unit}`),
  );
});

test('every command of pommgr in it exists, with its flags', async () => {
  const surface = JSON.parse(await readFile('tests/contract/command-surface.json', 'utf8')) as {
    [command: string]: { flags: object };
  };
  const html = (await render(rich)) + (await render(made));
  const inline = [...html.matchAll(/<code>(pommgr [^<\n]*)<\/code>/g)].map(([, text = '']) => text);
  const commands = [...commandsOf(html), ...inline].filter((command) => command.startsWith('pommgr '));
  expect(commands.length).toBeGreaterThan(30);
  for (const command of commands) {
    const [, name = ''] = /^pommgr ([a-z -]*?[a-z])(?: --.*)?$/.exec(command) ?? [];
    const known = surface[name.replaceAll(' ', ':')] ?? surface[name];
    expect(known, command).toBeDefined();
    for (const [, flag = ''] of command.matchAll(/ --([a-z-]+)/g)) {
      if (flag !== 'json') expect(Object.keys(known?.flags ?? {}), command).toContain(flag);
    }
  }
});

test('the Japanese one has no English sentence, and every paragraph is Japanese', async () => {
  for (const plan of [rich, made]) {
    const html = await render(plan, { lang: 'ja' });
    const prose = html.replaceAll(/<(pre|style)[\s\S]*?<\/\1>|<code>[\s\S]*?<\/code>/g, 'X');
    const paragraphs = [...prose.matchAll(/<(?:p|h1|h3|dd)>([\s\S]*?)<\/(?:p|h1|h3|dd)>/g)].map(
      ([, text = '']) => text.replaceAll(/<[^>]*>/g, ''),
    );
    expect(paragraphs.length).toBeGreaterThan(20);
    for (const paragraph of paragraphs) {
      expect(paragraph).toMatch(/[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u);
      expect(paragraph).not.toMatch(/(?:\b[A-Za-z]+ ){3}[A-Za-z]+/);
    }
  }
});

test('a page needs nothing from elsewhere; a text fits 80 columns but for commands', async () => {
  const html = await render(rich);
  expect(html).not.toMatch(/<script|<link|<img|https?:|url\(|@import/i);
  for (const lang of ['en', 'ja'] as const) {
    const text = await render(rich, { format: 'text', lang });
    const wide = text.split('\n').filter((line) => textWidth(line) > 80 && !line.startsWith('        '));
    expect(wide).toEqual([]);
    expect(await render(rich, { format: 'md', lang })).toContain('```sh\npommgr apply --media /mnt/usb\n');
  }
});

test('names are text and words of a shell, whatever they hold', async () => {
  const odd = { ...made, nodes: [{ ...first!, node: "pve<b>2'; reboot" }] };
  const html = await render(odd, { owner: 'a b; $(reboot)' });
  expect(html).not.toContain('<b>');
  expect(commandsOf(html)).toContain(
    String.raw`pommgr cluster gate --node 'pve<b>2'\''; reboot' --before next --owner 'a b; $(reboot)' --record`,
  );
});

test('a file that is no plan, or a plan without nodes, is refused', async () => {
  await expect(render({ ...made, nodes: [], problems: ['unknown: pvecm'] })).rejects.toMatchObject({
    code: 'usage.plan',
  });
  await expect(render({ ...made, verdict: 'maybe' } as never)).rejects.toMatchObject({ code: 'usage.plan' });
  const options = {
    ...{ format: 'text' as const, lang: 'en' as const, owner: 'x', media: '/mnt/usb', forecastFiles: [] },
    context: testContext(),
  };
  const missing = join(await scratchDirectory(), 'none.json');
  await expect(clusterSteps({ ...options, planFile: missing })).rejects.toMatchObject({ code: 'usage.plan' });
});
