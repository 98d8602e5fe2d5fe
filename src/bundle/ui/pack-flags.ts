/** Defines the flags of `pommgr pack`. */
import { Flags } from '@oclif/core';
import type { BooleanFlag } from '@oclif/core/interfaces';

/** POM decides what is on a medium that it fills. */
const notWithPom: NonNullable<BooleanFlag<boolean>['relationships']> = [
  { type: 'none', flags: [{ name: 'format', when: async (flags) => flags['format'] === 'pom' }] },
];

export const packFlags = {
  media: Flags.string({
    required: true,
    multiple: true,
    multipleNonGreedy: true,
    summary: "Directory of the medium; with --format pom its id in POM's config.",
    description: 'Given several times, the volumes are spread over these media in their order.',
    helpValue: 'DIR|ID',
  }),
  resume: Flags.boolean({
    relationships: notWithPom,
    summary: 'Write as many volumes as fit, and go on with the next medium in the next run.',
  }),
  format: Flags.option({
    options: ['volumes', 'pom'] as const,
    default: 'volumes',
    summary: 'What to write: volumes for any file system, or snapshots as POM does.',
  })(),
  baseline: Flags.string({
    summary: "Baseline to pack. Default: the newest of the config's track.",
    helpValue: 'NAME',
  }),
  since: Flags.string({
    relationships: notWithPom,
    summary: 'Pack only what this older baseline of the site lacks. Default: none, a full bundle.',
    description: `With "receipt": the newest baseline that all trusted hosts hold, by their
receipts in receipts/ of the medium; with "receipt:DIR", in DIR/receipts.`,
    helpValue: 'BASELINE|none|receipt[:DIR]',
  }),
  closure: Flags.boolean({
    relationships: notWithPom,
    summary: 'Of a whole baseline pack only what the closures of the config hold.',
    description: `Selected and judged by apt as in a snapshot; the baseline keeps its digest, and
hosts see no more of it than the bundle has.`,
  }),
  'volume-size': Flags.string({
    relationships: notWithPom,
    summary: 'Largest size of a volume. Default: fat32, the largest file that FAT32 takes.',
    description: `Bytes, or with a unit: 4GB, 4GiB. Or a blank medium that one volume fills,
with room for what lies beside it: dvd, dvd-dl, bd, bd-dl.`,
    helpValue: 'SIZE',
  }),
  'read-back': Flags.boolean({
    default: true,
    allowNo: true,
    summary: 'Read the medium again once it is written, past the cache, and compare.',
  }),
  'allow-local': Flags.boolean({
    relationships: notWithPom,
    summary: 'Write to a directory of this machine: one on the file system of / or of baseDir.',
  }),
  runtime: Flags.boolean({
    default: true,
    allowNo: true,
    summary: 'Put Node.js and pommgr on the medium, for hosts that have neither.',
  }),
  report: Flags.boolean({
    default: true,
    allowNo: true,
    summary: 'Put the report of what the bundle changes on the medium, for its approval.',
  }),
  'dry-run': Flags.boolean({ summary: 'Show what would be packed; change nothing.' }),
};

/** Returns the mode of `pack` that the flags select. */
export function packMode(flags: {
  format: string;
  media: string[];
  resume: boolean;
}): 'bundle' | 'set' | 'pom' {
  if (flags.format === 'pom') return 'pom';
  return flags.media.length > 1 || flags.resume ? 'set' : 'bundle';
}
