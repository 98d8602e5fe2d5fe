/** Transcripts 195 to 218: filters, a missing, full or read-only base-dir, a pool that was filled before. */
import { createHash } from 'node:crypto';
import { link, readFile, writeFile } from 'node:fs/promises';
import { writeKeys } from './config-steps.ts';
import { withMount } from './interruptions.ts';
import { freshMirror } from './pom-config.ts';
import { shell, type Step } from './replay.ts';

const libeps = '/pool/main/libe/libeps/libeps_1.0_amd64.deb';

export const filterSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('zlast'),
  freshMirror({ more: ['skip-packages alpha', 'skip-packages *-dbgsym', 'skip-sections games'] }),
  195,
  196,
  freshMirror({ more: ['skip-packages a[lpha'] }),
  { n: 197, stdout: 'start' },
  freshMirror({ more: ['skip-packages '] }),
  198,
  freshMirror(),
  199,
  freshMirror(),
  200,
  201,
  freshMirror(),
  {
    n: 202,
    stdout: 'start',
    act: withMount('fbase', { sizeKib: 144, prepare: 'mkdir -p .pool/sha256 .pool/sha512 ftest' }),
  },
  shell('touch /srv/pomtest/fbase/.pool/.lock'),
  { n: 203, act: withMount('fbase', 'read-only') },
  { n: 204, act: withMount('fbase', 'read-only') },
];

export const prefilledSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('zlast'),
  ...prefilled(205, 'both', true),
  ...prefilled(206, 'sha256', true),
  207,
  ...prefilled(208, 'sha512', true),
  ...prefilled({ n: 209, stdout: 'start' }, 'corrupt', true),
  ...prefilled(210, 'two inodes', true),
  211,
  ...prefilled(212, 'both', false),
  ...prefilled(213, 'sha256', false),
  214,
  ...prefilled(215, 'sha512', false),
  ...prefilled(216, 'corrupt', false),
  ...prefilled(217, 'two inodes', false),
  218,
];

function prefilled(
  step: Step,
  how: 'both' | 'sha256' | 'sha512' | 'corrupt' | 'two inodes',
  verify: boolean,
): Step[] {
  return [
    freshMirror({ verify }),
    async (site) => {
      const bytes = await readFile(site.path('repo', libeps));
      const name = (algorithm: string) =>
        site.path('fbase/.pool', algorithm, createHash(algorithm).update(bytes).digest('hex'));
      const content = how === 'corrupt' ? Buffer.alloc(bytes.length) : bytes;
      if (how !== 'sha512') await writeFile(name('sha256'), content);
      if (how === 'sha512' || how === 'two inodes') await writeFile(name('sha512'), content);
      if (how === 'both' || how === 'corrupt') await link(name('sha256'), name('sha512'));
    },
    step,
  ];
}
