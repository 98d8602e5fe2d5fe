/**
 * Reads what the products' own lists of checks print (pve8to9, pbs3to4, pmg8to9): lines that begin with their level.
 * What they say of sources counts little: two of them read one-line sources only.
 */
import type { Product } from '../../../apt/domain/target.ts';
import { before, fail, known, listed, pass, unknown, warn, type UpgradeCheck } from './check.ts';
import type { UpgradeFacts } from './facts.ts';
import { plain } from './guests.ts';

const levels = ['PASS', 'INFO', 'SKIP', 'NOTICE', 'WARN', 'FAIL'] as const;
export interface ToolLine {
  level: (typeof levels)[number];
  text: string;
}

export interface ToolReport {
  program: string;
  lines: ToolLine[];
}

const tools = [
  { name: 'pve8to9', product: 'pve', command: 'pve8to9 --full' },
  { name: 'pbs3to4', product: 'pbs', command: 'pbs3to4 --full' },
  { name: 'pmg8to9', product: 'pmg', command: 'pmg8to9' },
] as const satisfies { name: keyof UpgradeFacts['texts']; product: Product; command: string }[];

export const toolChecks: readonly UpgradeCheck[] = tools.map(({ name, product, command }) => ({
  id: name,
  title: `The product's own list of checks (${name}) finds nothing`,
  phases: before,
  products: [product],
  byHand: command,
  judge: ({ texts }) =>
    known([texts[name]], (text) => {
      if (text === null)
        return unknown(`${name} is not installed: it comes with the last version of the old release`);
      const lines = toolLines(text);
      if (lines === undefined) return unknown(`${name} did not come to its summary`);
      const of = (level: ToolLine['level']): string[] =>
        lines.filter((line) => line.level === level).map((line) => line.text.split('\n')[0] ?? '');
      const [failures, warnings] = [of('FAIL'), of('WARN')];
      const todo = `Read the whole answer: ${command}`;
      if (failures.length > 0) return fail(listed(failures, 5), todo);
      if (warnings.length > 0) return warn(listed(warnings, 5), todo);
      const passed = of('PASS').length;
      return passed === 0 ? unknown(`${name} passed nothing`) : pass(`${passed} passed`);
    }),
}));

/** Returns the answers of the tools that could be read, in a fixed order. */
export function toolReports({ texts }: Pick<UpgradeFacts, 'texts'>): ToolReport[] {
  return tools.flatMap(({ name, command }) => {
    const fact = texts[name];
    const lines = fact.isKnown && fact.value !== null ? toolLines(fact.value) : undefined;
    return lines === undefined ? [] : [{ program: command, lines }];
  });
}

/** Returns undefined where the summary is missing: then the tool ended early. Further lines belong to the one before. */
function toolLines(output: string): ToolLine[] | undefined {
  const lines: ToolLine[] = [];
  let isOpen = false;
  const [body = '', ...rest] = plain(output).split(/^= SUMMARY =$/m);
  if (rest.length === 0 || !/^TOTAL:/m.test(rest.join(''))) return undefined;
  for (const line of body.split('\n')) {
    const [, level, text = ''] = /^(PASS|INFO|SKIP|NOTICE|WARN|FAIL): ?(.*)$/.exec(line) ?? [];
    const last = lines.at(-1);
    if (level !== undefined) lines.push({ level: level as ToolLine['level'], text });
    else if (isOpen && last !== undefined && /^\s+\S/.test(line)) last.text += `\n${line.trim()}`;
    isOpen = level !== undefined || (isOpen && /^\s+\S/.test(line));
  }
  return lines;
}
