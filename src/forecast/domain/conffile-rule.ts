/**
 * Predicts what dpkg does with a configuration file when a package is configured (dpkg(1), Debian Policy 10.7.3 and
 * E.1): it compares the digest of the file on the host, the digest in the package database, and the digest of the new
 * file. Invariant: for the same facts the result is dpkg's; tests/forecast/conffiles.test.ts runs dpkg itself.
 */

/** What exists at the path of a configuration file. */
export type FoundFile =
  | { kind: 'file'; md5: string }
  | { kind: 'absent' }
  /** A file that dpkg could not read either. */
  | { kind: 'unreadable' }
  /**
   * A link: dpkg of Debian 12 and 13 unpacks the new file beside the link, looks for it where the link leads, finds
   * none, and leaves both alone.
   */
  | { kind: 'link' }
  /** A directory or a device, which dpkg leaves alone. */
  | { kind: 'other' };

export interface ConffileFacts {
  /** The digest in dpkg's database; null where no installed package had the path as a configuration file. */
  recorded: string | null;
  found: FoundFile;
  /** MD5 of the file in the new package. */
  shipped: string;
}

/** The `--force-conf…` options that are in force. */
export interface ConfOptions {
  confnew: boolean;
  confold: boolean;
  confdef: boolean;
  confmiss: boolean;
  confask: boolean;
}

export const noConfOptions: ConfOptions = {
  ...{ confnew: false, confold: false, confdef: false },
  ...{ confmiss: false, confask: false },
};

/**
 * `same`: the host has the new file already. `keep`: the host's file stays, without a message. `install`: the new file
 * replaces an unmodified one. `create`: there was none. `skip`: dpkg leaves the path alone.
 */
export type ConffileAction = 'same' | 'keep' | 'install' | 'create' | 'skip' | 'prompt';

/** Why dpkg asks: both sides changed, the host deleted it, or the package brings it for the first time. */
export type PromptReason = 'both-changed' | 'deleted' | 'new-in-package' | 'forced';

export type ConffileDecision =
  | { action: Exclude<ConffileAction, 'prompt'> }
  | { action: 'prompt'; reason: PromptReason };

/** Returns whether the decision depends on the digest of the new file, for which the package must be read. */
export function needsShipped({ recorded, found }: Omit<ConffileFacts, 'shipped'>): boolean {
  if (isLeftAlone(found)) return false;
  if (recorded === null) return found.kind !== 'absent';
  return found.kind !== 'file' || found.md5 !== recorded;
}

function isLeftAlone({ kind }: FoundFile): boolean {
  return kind === 'link' || kind === 'other';
}

export function decideConffile(
  { recorded, found, shipped }: ConffileFacts,
  options: ConfOptions,
): ConffileDecision {
  if (isLeftAlone(found)) return { action: 'skip' };
  if (found.kind === 'file' && found.md5 === shipped) return { action: 'same' };
  if (found.kind === 'absent' && options.confmiss) return { action: 'create' };
  if (recorded === null) {
    return found.kind === 'absent' ? { action: 'create' } : { action: 'prompt', reason: 'new-in-package' };
  }
  const isEdited = found.kind !== 'file' || found.md5 !== recorded;
  const isUpdated = shipped !== recorded;
  if (!isEdited) return { action: isUpdated ? 'install' : 'keep' };
  if (!isUpdated) return options.confask ? { action: 'prompt', reason: 'forced' } : { action: 'keep' };
  return { action: 'prompt', reason: found.kind === 'absent' ? 'deleted' : 'both-changed' };
}

/** What happens to a file about which dpkg would ask: an option answers, or the administrator must. */
export type PromptAnswer = 'keep' | 'install' | 'ask';

/** The default of dpkg's question is always to keep the host's file. */
export function answerByOptions({ confdef, confnew, confold }: ConfOptions): PromptAnswer {
  if (confdef) return 'keep';
  if (confnew) return 'install';
  return confold ? 'keep' : 'ask';
}

const optionNames = Object.keys(noConfOptions) as (keyof ConfOptions)[];

/**
 * Returns the options in these words, in their order: `--force-confold,confdef`, `--no-force-confnew`,
 * `--refuse-confmiss`, `--force-all`. Words that do not concern configuration files are ignored.
 */
export function confOptionsOf(words: readonly string[]): ConfOptions {
  const options = { ...noConfOptions };
  for (const word of words) {
    const [, verb, list = ''] = /^(?:--)?(force|no-force|refuse)[-= ](.+)$/.exec(word.trim()) ?? [];
    if (verb === undefined) continue;
    const names = list.split(',').map((name) => name.trim());
    for (const name of optionNames) {
      if (names.includes(name) || names.includes('all')) options[name] = verb === 'force';
    }
  }
  return options;
}

/** Returns the option lines of dpkg's configuration files, without comments and blank lines. */
export function configurationWords(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Formats the options as words of a command line, for people. */
export function confOptionsText(options: ConfOptions): string {
  const names = optionNames.filter((name) => options[name]);
  return names.length === 0 ? 'none' : names.map((name) => `--force-${name}`).join(' ');
}
