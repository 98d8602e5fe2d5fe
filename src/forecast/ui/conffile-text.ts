/**
 * Formats configuration files: those about which dpkg would ask, the answers of the host's options, and other possible
 * answers.
 */
import { printable, printableName } from '../../core/domain/printable.ts';
import { formatCount } from '../../core/ui/format.ts';
import type { ConffilePrompt, Forecast } from '../domain/forecast.ts';
import { bulletText, paragraph, section } from './forecast-layout.ts';

const reasonTexts: Record<ConffilePrompt['reason'], string> = {
  'both-changed': 'changed on this host, and the package brings another version',
  deleted: 'deleted on this host, and the package brings another version',
  'new-in-package': 'on this host, and the package brings it for the first time',
  forced: 'changed on this host; dpkg is told to ask about every changed file',
};
const answerTexts: Record<ConffilePrompt['answer'], string> = {
  ask: 'dpkg stops and asks',
  keep: 'the file of the host stays, and the new one is kept as .dpkg-dist',
  install: 'the new file is installed, and that of the host is kept as .dpkg-old',
};

export function conffileSection({ conffiles }: Forecast): string[] {
  const { prompts, removed, links, options } = conffiles;
  const all = prompts.length + removed.length + links.length;
  if (all === 0) return ['No configuration file makes dpkg ask.'];
  const lines = prompts.map((prompt) =>
    [
      bulletText(
        `${printableName(prompt.path)} (${prompt.package}): ${reasonTexts[prompt.reason]}. With the options of this host ${answerTexts[prompt.answer]}.`,
      ),
      ...differenceLines(prompt.difference),
    ].join('\n'),
  );
  const gone = removed.map(({ path, package: name, keptAs }) =>
    bulletText(
      `${printableName(path)} (${name})${keptAs === null ? '' : `, kept as ${printableName(keptAs)}`}`,
    ),
  );
  return [
    ...(prompts.length === 0 ? [] : [advice(prompts, options)]),
    ...section('Configuration files', lines),
    ...section('Configuration files that their packages drop', gone),
    ...section(
      'Links in the place of configuration files: dpkg leaves the new file beside, as .dpkg-new',
      links.map(({ path, package: name }) => bulletText(`${printableName(path)} (${name})`)),
    ),
  ];
}

function advice(prompts: readonly ConffilePrompt[], options: string): string {
  return paragraph(
    `dpkg has ${formatCount(prompts.length, 'question')} about configuration files. Its options here: ${options}. Without a terminal it fails at the first, unless "-o DPkg::Options::=--force-confold" (keep all), "--force-confnew" (take all new) or "--force-confdef" (its default, keep) is given.`,
  );
}

function differenceLines(difference: string | null): string[] {
  if (difference === null) return ['      (the difference cannot be shown)'];
  return printable(difference)
    .split('\n')
    .map((line) => `      ${line}`);
}
