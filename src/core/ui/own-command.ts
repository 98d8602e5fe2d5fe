/**
 * Decides how texts name pommgr's commands on this machine. On a host that has only the medium launcher, "pommgr apply"
 * would not be found: the launcher sets POMMGR_COMMAND to what works there.
 */

/**
 * Replaces `pommgr COMMAND` in a text by this machine's own command; `commandIds` are oclif's, e.g.
 * `signing-key:trust`.
 */
export function ownCommand(commandIds: readonly string[]): (text: string) => string {
  const command = process.env['POMMGR_COMMAND'];
  if (command === undefined || !/^[!-~]+(?: [!-~]+)?$/.test(command)) return (text) => text;
  const words = [...new Set(commandIds.map((id) => id.split(':')[0] ?? id))].join('|');
  const pattern = new RegExp(`(?<![\\w/-])pommgr(?= (?:--|(?:${words})\\b))`, 'g');
  return (text) => text.replaceAll(pattern, () => command);
}
