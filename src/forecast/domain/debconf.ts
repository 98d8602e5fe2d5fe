/**
 * Finds questions of debconf(7): which of a package's templates its scripts ask, and which of them the host has
 * answered. Scripts decide at run time whether they ask, so a question here is one that may be asked.
 */
import { compareText } from '../../core/domain/canonical-json.ts';

export interface DebconfQuestion {
  name: string;
  /** `select`, `multiselect`, `boolean`, `string`, `password`, `note`, `error`. */
  type: string;
  /** The first line of its description. */
  description: string;
  /** Priority with which a script asks it; null where the script computes name or priority. */
  priority: string | null;
  /** Whether debconf shows questions of that priority here; null where priority or threshold is unknown. */
  isShown: boolean | null;
}

/** State of the host's debconf. */
export interface DebconfState {
  /** Names of questions that were asked before. */
  seen: ReadonlySet<string>;
  /** The lowest priority that is shown. */
  threshold: string;
}

const priorities = ['low', 'medium', 'high', 'critical'];
/** Templates that are asked as questions; `text` and `title` are parts of others. */
const questionTypes = ['select', 'multiselect', 'boolean', 'string', 'password', 'note', 'error'];

/**
 * Returns the questions sorted by name. `state` is null where the host's answers are unknown: then every question
 * counts.
 */
export function openQuestions(
  texts: { templates: string | undefined; scripts: readonly string[] },
  state: DebconfState | null,
): DebconfQuestion[] {
  const asked = askedQuestions(texts.scripts);
  const questions: DebconfQuestion[] = [];
  for (const template of parseStanzas(texts.templates ?? '')) {
    const name = template.get('template') ?? '';
    const type = template.get('type') ?? '';
    if (name === '' || !questionTypes.includes(type) || state?.seen.has(name) === true) continue;
    if (!asked.names.has(name) && !asked.computesNames) continue;
    const priority = asked.names.get(name) ?? null;
    const description = template.get('_description') ?? template.get('description') ?? '';
    questions.push({ name, type, description, priority, isShown: isShown(priority, state) });
  }
  return questions.toSorted((a, b) => compareText(a.name, b.name));
}

function isShown(priority: string | null, state: DebconfState | null): boolean | null {
  if (priority === null || state === null) return null;
  return priorities.indexOf(priority) >= priorities.indexOf(state.threshold);
}

/** Finds `db_input high pkg/name`, and the equivalents in debconf's Perl and Python modules. */
function askedQuestions(scripts: readonly string[]): {
  names: ReadonlyMap<string, string | null>;
  computesNames: boolean;
} {
  const names = new Map<string, string | null>();
  let computesNames = false;
  const call = /\b(?:db_input|input)[\s(]+["']?([\w$]+|\$\{\w+\})["']?[\s,]+["']?([^\s"',;)|&]+)/gi;
  for (const text of scripts) {
    for (const [, priority = '', name = ''] of text.replaceAll(/^\s*#.*$/gm, '').matchAll(call)) {
      if (name.includes('$')) computesNames = true;
      else if (name.includes('/')) names.set(name, priorities.includes(priority) ? priority : null);
    }
  }
  return { names, computesNames };
}

/** Reads debconf's `config.dat`: the seen questions, and the threshold (`debconf/priority`, by default `high`). */
export function parseDebconfState(text: string): DebconfState {
  const seen = new Set<string>();
  let threshold = 'high';
  for (const item of parseStanzas(text)) {
    const name = item.get('name') ?? '';
    if ((item.get('flags') ?? '').split(/[\s,]+/).includes('seen')) seen.add(name);
    const value = item.get('value') ?? '';
    if (name === 'debconf/priority' && priorities.includes(value)) threshold = value;
  }
  return { seen, threshold };
}

/** Returns the first line of each field, by its name in lower case. debconf's own reader is as lenient. */
function parseStanzas(text: string): Map<string, string>[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    for (const line of stanza.split('\n')) {
      const [, name, value = ''] = /^([A-Za-z_][\w.@-]*): ?(.*)$/.exec(line) ?? [];
      if (name !== undefined) fields.set(name.toLowerCase(), value.trim());
    }
    return fields.size === 0 ? [] : [fields];
  });
}
