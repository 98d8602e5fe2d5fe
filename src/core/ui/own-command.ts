/**
 * How this machine runs pommgr, in every text that names a command. On a host that has only the medium launcher,
 * "pommgr apply" would not be found: the launcher says in POMMGR_COMMAND what works there.
 */

/** Puts the machine's own command in the place of `pommgr COMMAND`; `commandIds` are oclif's, `signing-key:trust`. */
export function ownCommand(commandIds: readonly string[]): (text: string) => string {
  const command = process.env['POMMGR_COMMAND'];
  if (command === undefined || !/^[!-~]+(?: [!-~]+)?$/.test(command)) return (text) => text;
  const words = [...new Set(commandIds.map((id) => id.split(':')[0] ?? id))].join('|');
  const pattern = new RegExp(`(?<![\\w/-])pommgr(?= (?:--|(?:${words})\\b))`, 'g');
  return (text) => text.replaceAll(pattern, () => command);
}
