/** The command reference as Markdown, made from what each command says of itself. */
import { loadCommands } from './command-surface.ts';

interface FlagText {
  summary?: string;
  description?: string;
  helpValue?: string | string[];
  char?: string;
  required?: boolean;
  hidden?: boolean;
  multiple?: boolean;
  type?: string;
}

const head = `# Command reference

Every command takes \`--json\` (one JSON document on standard output, and nothing else), \`--quiet\` (no progress on standard
error) and \`--help\`. The exit codes are in [errors.md](errors.md). This page is made from the commands themselves.
`;

export async function commandReference(): Promise<string> {
  const sections = (await loadCommands()).map(([name, command]) => {
    const usage = [
      'pommgr',
      name,
      ...Object.entries(command.args ?? {}).map(([argument, { required }]) =>
        required === true ? argument.toUpperCase() : `[${argument.toUpperCase()}]`,
      ),
    ].join(' ');
    const flags = Object.entries((command.flags ?? {}) as Record<string, FlagText>)
      .filter(([, flag]) => flag.hidden !== true)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([flag, about]) => `- \`${flagUsage(flag, about)}\`: ${about.summary ?? about.description ?? ''}`);
    return [
      `## ${name}`,
      '',
      command.summary ?? '',
      '',
      `    ${usage}`,
      '',
      (command.description ?? '').trim(),
      '',
      ...(flags.length === 0 ? [] : [...flags, '']),
    ].join('\n');
  });
  return [head, ...sections].join('\n');
}

function flagUsage(flag: string, { char, helpValue, type, required, multiple }: FlagText): string {
  const short = char === undefined ? '' : `-${char}, `;
  const value =
    type === 'boolean' ? '' : ` ${Array.isArray(helpValue) ? helpValue.join(' ') : (helpValue ?? 'VALUE')}`;
  return `${short}--${flag}${value}${multiple === true ? ' ...' : ''}${required === true ? ' (required)' : ''}`;
}
