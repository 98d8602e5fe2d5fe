/**
 * Reads the subscriptions in POM's config file: `key list` shows what an info says, but only the file has the info
 * itself. Invariant: a key and its server ID are a login, and go into no message.
 */

export interface PomSubscription {
  key: string;
  serverId: string;
  /** The text of the info, byte for byte; null where POM has none. */
  info: string | null;
}

/** Returns subscriptions in the file's order. Other sections are ignored: POM itself judges its config. */
export function parsePomSubscriptions(config: string): PomSubscription[] {
  return config.split(/\n[ \t\r]*\n/).flatMap((section) => {
    const lines = section.split('\n').filter((line) => line.trim() !== '');
    const key = /^subscription: (.*\S)\s*$/.exec(lines[0] ?? '')?.[1];
    const properties = new Map(lines.slice(1).map(property));
    const serverId = properties.get('server-id');
    if (key === undefined || serverId === undefined) return [];
    return [{ key, serverId, info: decodedInfo(properties.get('info')) }];
  });
}

function property(line: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
  return [name, value];
}

/** Text that is not base64 is returned unchanged: it is then no valid info, and its parser reports that. */
function decodedInfo(text: string | undefined): string | null {
  if (text === undefined) return null;
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('utf8') : text;
}
