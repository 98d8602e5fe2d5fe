/** What an engine must change in POM's config before it can take a snapshot; empty for the builtin engine. */

/** Options of `config mirror add` and `update`; a list is given as repeated options. */
export type PomOptions = Record<string, string | string[]>;

export interface PomChange {
  mirror: string;
  state: 'to add' | 'to change';
  /** Changed values, for people; `from` is null for a mirror that is added. No secrets. */
  settings: { name: string; from: string | null; to: string }[];
  /** Options passed to POM's command. */
  options: PomOptions;
}
