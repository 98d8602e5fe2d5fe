/** The steps of a major upgrade: complete in both languages and every format, for each product, one host or a cluster. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import UpgradeReleaseSteps from '../../src/commands/upgrade-release/steps.ts';
import type { Product } from '../../src/apt/domain/target.ts';
import { textWidth } from '../../src/core/domain/text-width.ts';
import { renderSheet } from '../../src/subscription/workflows/render-sheet.ts';
import { cephOf, stepsStages } from '../../src/upgrade/domain/steps-stages.ts';
import { stepsView, type StepsView } from '../../src/upgrade/domain/steps-view.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

type StageOf = [target: string, codename: string, ceph: string | null];

const short: StageOf[] = [
  ['old', 'bookworm', null],
  ['new', 'trixie', null],
];
const withCeph: StageOf[] = [
  ['pve-8', 'bookworm', 'reef'],
  ['pve-8-squid', 'bookworm', 'squid'],
  ['pve-9', 'trixie', 'squid'],
  ['pve-9-tentacle', 'trixie', 'tentacle'],
];

function viewOf(products: Product[], stages: StageOf[], nodes: string[]): StepsView {
  const targets = stages.map(([name, codename, ceph]) => ({ name, products, codename, ceph }));
  const way = { name: 'way', stages: targets.map(({ name }) => name) };
  return stepsView({
    ...{
      way: 'way',
      stages: stepsStages(way, targets),
      nodes,
      created: '2026-11-28',
      media: '/mnt/usb stick/',
    },
  });
}

const views: [string, StepsView][] = [
  ['a cluster of PVE with Ceph', viewOf(['pve'], withCeph, ['pve1', 'pve2', 'pve3'])],
  ['one PVE', viewOf(['pve'], short, ['pve1'])],
  ['PBS', viewOf(['pbs'], short, ['backup'])],
  ['PVE with PBS', viewOf(['pbs', 'pve'], short, ['both'])],
  ['a cluster of PMG', viewOf(['pmg'], short, ['mail1', 'mail2'])],
  ['PDM', viewOf(['pdm'], short, ['pdm1'])],
  ['Debian', viewOf(['debian'], short, ['host'])],
];

/** Every command of the view, in no order. */
function commandsOf({ before, after, stages }: StepsView): string[] {
  return [
    ...Object.values(before).flat(),
    ...Object.values(after).flat(),
    ...stages.flatMap(({ begin, hosts, between, daemons, end }) => [
      ...begin,
      ...hosts.flatMap(({ away, stop, next, database, back }) => [
        ...away,
        ...stop,
        ...next,
        ...database,
        ...back,
      ]),
      ...(hosts.length > 1 ? between : []),
      ...Object.values(daemons ?? {}).flat(),
      ...end,
    ]),
  ];
}

const commandLines = (markdown: string): string[] =>
  [...markdown.matchAll(/^```sh\n([^]*?)\n```$/gm)].flatMap(([, lines = '']) => lines.split('\n'));
const headings = (markdown: string): number[] =>
  [...markdown.matchAll(/^(#+) /gm)].map(([, marks = '']) => marks.length);

test.each(views)('are complete for %s, in both languages', async (_, view) => {
  const english = await renderSheet('upgrade', view, { format: 'md', lang: 'en' });
  const japanese = await renderSheet('upgrade', view, { format: 'md', lang: 'ja' });
  expect(commandLines(japanese)).toEqual(commandLines(english));
  expect(headings(japanese)).toEqual(headings(english));
  const found = commandLines(english);
  for (const command of commandsOf(view)) expect(found, command).toContain(command);
  for (const lang of ['en', 'ja'] as const) {
    for (const format of ['text', 'md', 'html'] as const) {
      const sheet = await renderSheet('upgrade', view, { format, lang });
      for (const { target } of view.stages) expect(sheet).toContain(target);
      for (const node of view.nodes) expect(sheet).toContain(node);
      expect(sheet).not.toMatch(/undefined|\[object|<%|%>|\bnull\b/);
      if (format === 'text') {
        const prose = sheet.split('\n').filter((line) => !line.startsWith('        '));
        expect(prose.filter((line) => textWidth(line) > 80)).toEqual([]);
      }
      if (format === 'html') {
        const sections = [...sheet.matchAll(/<section class="host" id="([^"]+)"/g)].map(([, id]) => `#${id}`);
        const links = [...sheet.matchAll(/<dt><a href="([^"]+)"/g)].map(([, link]) => link);
        expect(links).toEqual(sections);
      }
    }
    if (lang === 'ja')
      expect(japanese.split('\n').filter((line) => /^[A-Z][a-z]+ [a-z]+ [a-z]+/.test(line))).toEqual([]);
  }
});

/** Places of the commands in the document, which must rise. */
async function expectOrder(view: StepsView, commands: readonly string[]): Promise<void> {
  const sheet = await renderSheet('upgrade', view, { format: 'md', lang: 'en' });
  let place = 0;
  for (const command of commands) {
    const found = sheet.indexOf(command, place);
    expect(found, `${command} after ${sheet.slice(place, place + 60)}`).toBeGreaterThan(-1);
    place = found + command.length;
  }
}

test('a cluster does each stage on all nodes before the next, and Ceph kind by kind', async () => {
  const [, view] = views[0] ?? ['', viewOf(['pve'], short, [])];
  expect(view.stages.map(({ kind }) => kind)).toEqual(['last', 'ceph', 'release', 'ceph']);
  const node = (name: string, target: string) => [
    `cluster gate --node ${name} --before drain --record`,
    `node-maintenance enable ${name}`,
    `upgrade-release next ${target}`,
    'apt-get dist-upgrade',
    `upgrade-release next ${target}`,
    'systemctl reboot',
    `node-maintenance disable ${name}`,
    `cluster gate --node ${name} --before next --record`,
  ];
  await expectOrder(view, [
    "sh '/mnt/usb stick'/pommgr apply --media '/mnt/usb stick' --store-only",
    'ceph osd set noout',
    ...node('pve1', 'pve-8'),
    ...['pvecm status', 'ha-manager status', 'ceph status'],
    ...node('pve2', 'pve-8'),
    ...node('pve3', 'pve-8'),
    'ceph osd unset noout',
    ...['upgrade-release next pve-8-squid', 'pve2: upgrade', 'pve3: upgrade'],
    ...[
      'restart ceph-mon.target',
      'restart ceph-mgr.target',
      'restart ceph-osd.target',
      'restart ceph-mds.target',
    ],
    'ceph osd require-osd-release squid',
    ...node('pve1', 'pve-9'),
    ...node('pve3', 'pve-9'),
    'ceph osd require-osd-release tentacle',
    'upgrade-release status',
  ]);
});

test('a mail gateway stops its services, upgrades its database, and the master goes first', async () => {
  const view = viewOf(['pmg'], short, ['mail1', 'mail2']);
  const host = (name: string) => [
    `${name}: stop the work`,
    'systemctl mask --now pmgdaemon pmgproxy pmgpolicy pmg-smtp-filter postfix',
    'upgrade-release next new',
    `${name}: upgrade the database`,
    'pg_upgradecluster -v 17 15 main',
    'systemctl unmask pmgdaemon',
    'systemctl reboot',
  ];
  await expectOrder(view, [
    'mail1 (the master of the cluster',
    'systemctl mask --now pmgmirror pmgtunnel',
    ...host('mail1'),
    'pmgcm status',
    ...host('mail2'),
    'systemctl unmask pmgmirror pmgtunnel',
  ]);
});

test('a backup server is read-only while it is upgraded, and goes before the hosts that use it', async () => {
  await expectOrder(viewOf(['pbs'], short, ['backup']), [
    'Upgrade the backup server before the Proxmox VE hosts',
    'datastore update STORE --maintenance-mode read-only',
    'upgrade-release next new',
    'systemctl reboot',
    'datastore update STORE --delete maintenance-mode',
  ]);
});

test('names are text and words of a shell, whatever is in them', async () => {
  const view = viewOf(['pve'], short, ['<b>$(reboot)</b>', 'b']);
  expect(await renderSheet('upgrade', view, { format: 'html', lang: 'en' })).not.toContain('<b>');
  const markdown = await renderSheet('upgrade', view, { format: 'md', lang: 'en' });
  expect(commandLines(markdown)).toContain(
    "ha-manager crm-command node-maintenance enable '<b>$(reboot)</b>'",
  );
});

test('the release of Ceph is that of the mirrors', () => {
  expect(cephOf(['http://download.proxmox.com/debian/pve', 'https://x.example/debian/ceph-squid'])).toBe(
    'squid',
  );
  expect(cephOf(['debian-bookworm', 'ceph-tentacle-trixie'])).toBe('tentacle');
  expect(cephOf(['debian'])).toBeNull();
});

test('the command writes them by the config, and names the ways where it has to choose', async () => {
  const directory = await scratchDirectory();
  const config = join(directory, 'pommgr.yaml');
  const target = (name: string, codename: string) => ({
    name,
    products: ['pve'],
    codename,
    mirrors: [`ceph-${codename}`],
  });
  const mirror = (id: string, suite: string, path: string) => ({
    ...{ id, suite, components: ['main'], keyring: 'k', uri: `http://x.example/debian/${path}` },
  });
  const document = (upgrades: unknown) => ({
    schema: 'pommgr/config/v1',
    track: 'site',
    mirrors: [
      mirror('ceph-bookworm', 'bookworm', 'ceph-reef'),
      mirror('ceph-trixie', 'trixie', 'ceph-squid'),
    ],
    targets: [target('pve-8', 'bookworm'), target('pve-9', 'trixie')],
    upgrades,
  });
  await writeFile(config, JSON.stringify(document([{ name: 'pve-8-to-9', stages: ['pve-8', 'pve-9'] }])));
  const { stdout, exitCode } = await runCommand(UpgradeReleaseSteps, [
    '--config',
    config,
    '--host',
    'pve1',
    '--json',
  ]);
  expect(exitCode).toBe(0);
  const { result } = JSON.parse(stdout) as { result: { way: string; stages: string[]; text: string } };
  expect(result).toMatchObject({ way: 'pve-8-to-9', stages: ['pve-8', 'pve-9'] });
  expect(result.text).toContain('ceph osd set noout');

  const wrong = await runCommand(UpgradeReleaseSteps, ['--config', config, '--host', 'a', '--way', 'other']);
  expect(wrong.exitCode).toBe(3);
  expect(wrong.stderr).toContain('expected the way other, found pve-8-to-9');
  await writeFile(config, JSON.stringify(document([])));
  const none = await runCommand(UpgradeReleaseSteps, ['--config', config, '--host', 'a']);
  expect(none.stderr).toContain('expected one way of a major upgrade, found none');
});
