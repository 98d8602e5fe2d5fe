/**
 * Finds stanzas of a Packages index that Proxmox Offline Mirror cannot read although apt can: it stops reading the
 * index, without an error, at a stanza that lacks a field of its list, and fails at one that repeats such a field.
 */

export interface UnreadableStanza {
  /** Number of the stanza's first line, from 1. */
  line: number;
  /** Name of the package; empty where the stanza has none. */
  name: string;
  /** As the end of a sentence about the stanza. */
  why: string;
}

/** Takes an index line by line and returns the first such stanza once it is complete. */
export interface StanzaCheck {
  /** A line without its line break. */
  push(line: string): UnreadableStanza | undefined;
  end(): UnreadableStanza | undefined;
}

const required = [
  'Package',
  'Version',
  'Priority',
  'Architecture',
  'Maintainer',
  'Description',
  'Filename',
  'Size',
];
const known = new Set([
  ...required,
  ...['Source', 'Section', 'Essential', 'Depends', 'Recommends', 'Suggests', 'Breaks', 'Conflicts'],
  ...['Installed-Size', 'Multi-Arch', 'MD5sum', 'SHA1', 'SHA256', 'SHA512', 'Description-md5'],
]);

export function createStanzaCheck(): StanzaCheck {
  let number = 0;
  let first = 0;
  let name = '';
  let twice: string | undefined;
  const fields = new Set<string>();

  function finish(): UnreadableStanza | undefined {
    if (fields.size === 0) return undefined;
    const missing = required.filter((field) => !fields.has(field));
    const found = { line: first, name };
    const isTwice = twice;
    fields.clear();
    name = '';
    twice = undefined;
    if (isTwice !== undefined) return { ...found, why: `has the field ${isTwice} twice` };
    return missing.length === 0 ? undefined : { ...found, why: `has no ${missing.join(' and no ')}` };
  }

  return {
    push(line) {
      number += 1;
      if (line === '') return finish();
      if (fields.size === 0) first = number;
      const colon = line.indexOf(':');
      if (colon < 1 || /^\s/.test(line)) return undefined;
      const field = line.slice(0, colon);
      if (fields.has(field) && known.has(field)) twice ??= field;
      fields.add(field);
      if (field === 'Package') name = line.slice(colon + 1).trim();
      return undefined;
    },
    end: finish,
  };
}
