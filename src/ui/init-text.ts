/** The outcome of `init` for people, with the next steps. */
import { formatTable } from './format.ts';

/** The shape that the workflow returns. */
export interface ShownInit {
  file: string;
  track: string;
  mirrors: { id: string; uri: string; suite: string }[];
  targets: string[];
  keyrings: string[];
  missingLogins: string[];
}

export function initText(result: ShownInit): string {
  const { mirrors, targets, keyrings, missingLogins } = result;
  return [
    `Wrote ${result.file}, track ${result.track}.`,
    ...keyrings.map((keyring) => `Wrote ${keyring}.`),
    '',
    formatTable(
      ['MIRROR', 'URI', 'SUITE'],
      mirrors.map(({ id, uri, suite }) => [id, uri, suite]),
    ),
    ...(targets.length > 0 ? ['', `Targets: ${targets.join(', ')}`] : []),
    '',
    'Next:',
    ...missingLogins.map((file) => `  write the login into ${file}; the config says how`),
    '  pommgr signing-key create   once, the key that signs your bundles',
    '  pommgr snapshot             makes the first baseline',
  ].join('\n');
}
