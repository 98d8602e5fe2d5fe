/** Formats the outcome of `init` for people, with the next steps. */
import { prerequisiteTitle } from '../../config/domain/prerequisites.ts';
import { savedSpaceText } from '../../closure/ui/saved-space-text.ts';
import { formatTable } from '../../core/ui/format.ts';

/** The shape that the workflow returns. */
export interface ShownInit {
  file: string;
  track: string;
  mirrors: { id: string; uri: string; suite: string }[];
  targets: string[];
  upgrades: { name: string; stages: string[] }[];
  thin: string[];
  keyrings: string[];
  missing: (Parameters<typeof prerequisiteTitle>[0] & { ways: string[] })[];
  continued: { track: string; sequence: number; bundle: string; signers: string[] } | null;
}

/** `configFlag`: the config as `--config` named it, where the next commands need it, too. */
export function initText(result: ShownInit, configFlag: string | undefined): string {
  const { mirrors, targets, upgrades, thin, keyrings, missing, continued } = result;
  const create = nextCommand('signing-key create', configFlag);
  const snapshot = nextCommand('snapshot', configFlag).padEnd(create.length);
  return [
    `Wrote ${result.file}, track ${result.track}.`,
    ...continuedLines(result),
    ...keyrings.map((keyring) => `Wrote ${keyring}.`),
    '',
    formatTable(
      ['MIRROR', 'URI', 'SUITE'],
      mirrors.map(({ id, uri, suite }) => [id, uri, suite]),
    ),
    ...(targets.length > 0 ? ['', `Targets: ${targets.join(', ')}`] : []),
    ...upgrades.map(({ name, stages }) => `Upgrade ${name}, stage by stage: ${stages.join(', ')}`),
    ...(thin.length > 0 ? [`Thin: ${savedSpaceText('auto', thin)}.`] : []),
    '',
    ...missingLines(missing),
    'Next:',
    `  ${create}   once, the key that signs your bundles`,
    `  ${snapshot}   makes the ${continued === null ? 'first' : 'next'} baseline`,
  ].join('\n');
}

function missingLines(missing: ShownInit['missing']): string[] {
  if (missing.length === 0) return [];
  const lines = missing.flatMap((one) => [
    `  ${prerequisiteTitle(one)}`,
    ...one.ways.map((line) => `    ${line}`),
  ]);
  return ['Before the first snapshot:', ...lines, ''];
}

function nextCommand(command: string, configFlag: string | undefined): string {
  return `pommgr ${command}${configFlag === undefined ? '' : ` --config ${configFlag}`}`;
}

function continuedLines({ continued }: ShownInit): string[] {
  if (continued === null) return [];
  const { track, sequence, bundle, signers } = continued;
  return [
    `Goes on after ${bundle}, signed by ${signers.join(', ')}: the next baseline is ${track}-${sequence + 1}.`,
  ];
}
