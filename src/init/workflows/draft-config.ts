/** Drafts the config, as the first step of `init`, from the source that the user chose. Changes nothing. */
import { readAptSetup } from '../adapters/apt-setup.ts';
import { readPomConfig } from '../../pom/adapters/pom-config.ts';
import { draftFromSources, type AptDraft, type DraftKeyring } from '../domain/apt-draft.ts';
import { trackSchema } from '../../core/domain/names.ts';
import type { ConfigDraft } from '../domain/config-text.ts';
import { packageGlobSchema } from '../../config/domain/mirror-settings.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { draftFromPom } from '../domain/pom-draft.ts';
import { draftFromPresets } from '../domain/preset-draft.ts';

export interface DraftOptions {
  /** Names of presets, the machine's own apt sources, or the mirrors of POM. */
  from:
    | { kind: 'presets'; names: string[]; whole?: boolean }
    | { kind: 'apt'; root: string }
    | { kind: 'pom' };
  /** The config of POM; default: the one that it reads by itself. */
  pomConfig?: string;
  /** Packages (globs) that every mirror is limited to; empty for all. */
  include: string[];
  /** Default: from product and release. */
  track?: string;
}

interface Draft {
  draft: ConfigDraft;
  /** To be written beside the config. */
  keyrings: DraftKeyring[];
  /** Login files, to be written beside it for its owner alone. */
  logins: AptDraft['logins'];
  warnings: string[];
}

/** @throws PommgrError `usage.*` for a bad option, `config.apt-sources`, `config.pom`, `config.missing`, `tool.*`. */
export async function draftConfig(options: DraftOptions): Promise<Draft> {
  checkOptions(options);
  const { draft, ...rest } = await sourceDraft(options);
  return {
    draft: {
      ...draft,
      ...(options.track === undefined ? {} : { track: options.track }),
      mirrors: draft.mirrors.map(({ comments, settings }) => ({
        comments,
        settings:
          options.include.length === 0 ? settings : { ...settings, include: { packages: options.include } },
      })),
    },
    ...rest,
  };
}

async function sourceDraft({ from, pomConfig, include }: DraftOptions): Promise<Draft> {
  switch (from.kind) {
    case 'presets':
      // Mirrors that are limited by hand stay as the user wants them.
      return {
        draft: draftFromPresets(from.names, { thin: from.whole !== true && include.length === 0 }),
        ...{ keyrings: [], logins: [], warnings: [] },
      };
    case 'apt':
      return draftOfMachine(from.root);
    case 'pom':
      return draftOfPom(pomConfig);
  }
}

async function draftOfPom(named: string | undefined): Promise<Draft> {
  const { mirrors, file, binary } = await readPomConfig(named);
  const { warnings, ...draft } = draftFromPom(mirrors, { configFile: file, binary });
  if (draft.mirrors.length > 0) return { draft, keyrings: [], logins: [], warnings };
  throw new PommgrError('config.pom', [`${file} has no mirror that can be taken.`, ...warnings].join('\n'), {
    hints: ['Use --preset instead; "pommgr init --list-presets" shows what there is.'],
  });
}

async function draftOfMachine(root: string): Promise<Draft> {
  const { keyrings, logins, warnings, ...draft } = draftFromSources(await readAptSetup(root));
  if (draft.mirrors.length === 0) {
    throw new PommgrError(
      'config.apt-sources',
      ['apt on this machine has no source that can be mirrored.', ...warnings].join('\n'),
      { hints: ['Use --preset instead; "pommgr init --list-presets" shows what there is.'] },
    );
  }
  return { draft, keyrings, logins, warnings };
}

function checkOptions(options: DraftOptions): void {
  if (options.pomConfig !== undefined && options.from.kind !== 'pom') {
    throw new PommgrError('usage.arguments', `Unexpected argument: ${options.pomConfig}.`, {
      hints: ['A config of Proxmox Offline Mirror is named after --from-pom.'],
    });
  }
  if (options.track !== undefined && !trackSchema.safeParse(options.track).success) {
    throw new PommgrError('usage.track', `"${options.track}" cannot be the name of a track.`, {
      hints: ['Use lower-case letters, digits, dots and hyphens, e.g. pve9-prod.'],
    });
  }
  for (const name of options.include) {
    if (packageGlobSchema.safeParse(name).success) continue;
    throw new PommgrError('usage.include', `"${name}" is not the name of a package.`, {
      hints: ['Name packages like bash or linux-image-*, in quotes where the shell would expand a *.'],
    });
  }
}
