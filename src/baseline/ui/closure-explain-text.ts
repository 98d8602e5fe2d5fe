/** Formats why a package is in a thin baseline, for people. */
import { chainText, type Link } from '../../closure/domain/chains.ts';

export function closureExplainText(explanation: {
  baseline: string;
  name: string;
  found: {
    package: string;
    target: string;
    stage: { way: string; number: number } | null;
    host: string | null;
    chain: Link[];
  }[];
  held: string[];
  offered: { mirror: string; version: string; architecture: string }[];
}): string {
  const { baseline, name, found, held, offered } = explanation;
  if (found.length > 0)
    return found
      .map(
        (one) =>
          `${one.package}, target ${one.target}${stageText(one.stage)}, ${one.host ?? 'a bare system'}:\n  ${chainText(one.chain)}`,
      )
      .join('\n');
  if (held.length > 0)
    return `${baseline} holds ${held.join(', ')}, which no closure asks for: it is of a mirror that is whole.`;
  if (offered.length === 0) return `No mirror of ${baseline} has ${name}.`;
  return [
    `${name} is not in ${baseline}: nothing that is installed on its hosts or asked for by "install" or "also" needs it.`,
    ...offered.map(({ mirror, version, architecture }) => `  ${mirror} offers ${version} (${architecture})`),
    'Add the name to the closure of its target, under "install", and take a snapshot.',
  ].join('\n');
}

function stageText(stage: { way: string; number: number } | null): string {
  return stage === null ? '' : ` (stage ${stage.number} of ${stage.way})`;
}
