/**
 * Parses the configuration files of Proxmox's products that have sections: a line `type: name`, then one indented
 * option a line.
 */
export interface ConfigSection {
  type: string;
  name: string;
  options: ReadonlyMap<string, string>;
}

/** Lines before the first section, blank lines and comments are ignored. */
export function parseSections(text: string): ConfigSection[] {
  const sections: (ConfigSection & { options: Map<string, string> })[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, type, name = ''] = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(\S*)[ \t]*$/.exec(line) ?? [];
    if (type !== undefined) sections.push({ type, name, options: new Map() });
    else {
      const [, key, value = ''] = /^[ \t]+(\S+)[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
      if (key !== undefined) sections.at(-1)?.options.set(key, value);
    }
  }
  return sections;
}
