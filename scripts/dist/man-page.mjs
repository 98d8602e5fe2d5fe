/** pommgr(1), made of the command surface (man(7)). */

/**
 * @param {import('./command-line.mjs').CommandLine} commandLine
 * @param {{ date: string, exitCodes: Record<string, number> }} options `date`: `2026-11-23`; exit codes by family.
 */
export function manPage({ version, commands, topics }, { date, exitCodes }) {
  const globals = (commands[0]?.flags ?? []).filter(({ name }) =>
    commands.every(({ flags }) => flags.some((flag) => flag.name === name)),
  );
  const globalNames = globals.map(({ name }) => name);
  return `${[
    `.TH POMMGR 1 "${date}" "pommgr ${version}" "User Commands"`,
    '.SH NAME',
    String.raw`pommgr \- one reproducible package baseline for Proxmox sites without internet`,
    '.SH SYNOPSIS',
    '.B pommgr',
    String.raw`.I command\fR [\fIargument\fR \&...] [\fIoption\fR \&...]`,
    '.SH DESCRIPTION',
    ...introduction,
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandLines(command, globalNames)),
    '.SH TOPICS',
    ...topics.flatMap(({ name, description }) => ['.TP', `.B ${escape(name)}`, escape(description)]),
    '.SH OPTIONS OF EVERY COMMAND',
    ...globals.flatMap(flagLines),
    '.TP',
    String.raw`.B \-\-help`,
    'Show the help of a command or a topic.',
    '.SH EXIT STATUS',
    ...['.TP', '.B 0', 'done', ...exitLines(exitCodes)],
    '.SH FILES',
    ...files.flatMap(([path, text]) => ['.TP', `.I ${escape(path)}`, escape(text)]),
    '.SH ENVIRONMENT',
    ...variables.flatMap(([name, text]) => ['.TP', `.B ${name}`, escape(text)]),
    '.SH SEE ALSO',
    '.BR pommgr.yaml (5),',
    '.BR pommgr-config.yaml (5),',
    '.BR apt-get (8),',
    '.BR sources.list (5),',
    '.BR apt_preferences (5),',
    '.BR openssl-pkeyutl (1ssl),',
    '.BR systemctl (1)',
  ].join('\n')}\n`;
}

const introduction = [
  'Online,',
  '.B pommgr snapshot',
  'ties the snapshots of all mirrors together as a baseline: a versioned manifest of every package. With',
  '.B pommgr pack',
  'it goes as a signed bundle onto a medium. Offline,',
  '.B pommgr apply',
  "checks every byte of the medium and makes a host's apt see exactly that baseline.",
];

/** By family of src/core/domain/errors.ts. */
const exitMeanings = /** @type {Record<string, string>} */ ({
  no: 'the answer is no: drift, difference, check failed',
  usage: 'usage',
  config: 'config or manifest is wrong',
  trust: 'trust: signature, signer, rollback, wrong target',
  integrity: 'integrity: digest, size, missing or extra file',
  network: 'network',
  tool: 'an external tool failed (POM, apt, gpgv and others)',
  state: 'state: locked, interrupted work found, no space',
  refused: 'refused by policy (downgrade, removal, not confirmed)',
  bug: 'a bug',
  interrupted: 'interrupted (SIGINT, Ctrl-C)',
});

/** @type {[string, string][]} */
const files = [
  ['/etc/pommgr/pommgr.yaml', 'The config, where neither --config nor ./pommgr.yaml names another.'],
  ['/etc/pommgr/config.yaml', "A host's own settings; see pommgr-config.yaml(5)."],
  ['/usr/share/doc/pommgr/', 'README, manual, the page to check a medium by hand, and examples.'],
  ['/etc/pommgr/trusted-keys.d/', 'The public signing keys that decide which media this machine accepts.'],
  ['/var/lib/pommgr/', "The store: an offline host's verified copy."],
  ['/etc/apt/sources.list.d/pommgr.sources', 'A link into the store: what apt sees of the baseline.'],
  ['/etc/apt/preferences.d/pommgr.pref', 'A link into the store: the versions of the baseline.'],
  [
    '/etc/apt/apt.conf.d/pommgr.conf',
    'A link into the store: where apt finds changelogs, and no proxy for the store of another host.',
  ],
  ['/usr/lib/pommgr/runtime/', 'Node.js and pommgr in one file, as they travel on media.'],
  [
    '/usr/lib/systemd/system/pommgr-snapshot.timer',
    'Runs "pommgr snapshot" every night once it is enabled: systemctl enable --now pommgr-snapshot.timer',
  ],
];

/** @type {[string, string][]} */
const variables = [
  ['POMMGR_CONFIG', 'The config, where --config names none.'],
  [
    'POMMGR_COMMAND',
    'How this machine runs pommgr, for the commands that pommgr names. The medium launcher sets it.',
  ],
  ['POMMGR_SIGNING_PASSPHRASE', 'The passphrase of the signing key.'],
  ['POMMGR_IDENTITY_PASSPHRASE', "The passphrase of a saved host's identity."],
  ['POMMGR_RUNTIME', 'The directory with the runtimes to put on media.'],
  ['POMMGR_POM', "Proxmox Offline Mirror's program."],
  [
    'SOURCE_DATE_EPOCH',
    'The time that is written into files, for bundles with the same bytes. Nothing is judged by it.',
  ],
  ['HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY', 'Proxies for what the config names no proxy for.'],
];

/** @param {import('./command-line.mjs').CommandSurface} command @param {readonly string[]} globalNames */
function commandLines({ name, summary, description, args, flags, examples }, globalNames) {
  const own = flags.filter((flag) => !globalNames.includes(flag.name));
  const shownArgs = args.map(({ name: arg, required }) => {
    const shown = String.raw`\fI${escape(arg.toUpperCase())}\fR`;
    return required ? shown : `[${shown}]`;
  });
  return [
    `.SS "${escape(['pommgr', name].join(' '))}${shownArgs.map((arg) => ` ${arg}`).join('')}"`,
    escape(summary),
    ...paragraphs(description).flatMap((text) => ['.PP', escape(text)]),
    ...args.flatMap(({ name: arg, description: text }) => [
      '.TP',
      `.I ${escape(arg.toUpperCase())}`,
      escape(text ?? ''),
    ]),
    ...own.flatMap(flagLines),
    ...examples.flatMap((example) => [
      '.PP',
      escape(example.description),
      '.RS 4',
      '.nf',
      escape(example.command),
      '.fi',
      '.RE',
    ]),
  ];
}

/** @param {import('./command-line.mjs').FlagSurface} flag */
function flagLines(flag) {
  const { name, char, type, helpValue, options, summary, description } = flag;
  const value = options?.join('|') ?? helpValue ?? 'VALUE';
  const shown = [
    ...(char === undefined ? [] : [String.raw`\fB${escape(`-${char}`)}\fR, `]),
    String.raw`\fB${escape(`--${name}`)}\fR`,
    ...(type === 'option' ? [String.raw` \fI${escape(value)}\fR`] : []),
    ...(flag.multiple ? [' ...'] : []),
    ...(flag.required ? [' (required)'] : []),
  ];
  const preset = type === 'option' && flag.default !== undefined ? ` Default: ${String(flag.default)}.` : '';
  const [text = '', ...more] = [summary ?? '', ...paragraphs(description ?? '')].filter(Boolean);
  return [
    '.TP',
    shown.join(''),
    escape(`${text}${preset}`),
    ...more.flatMap((part) => ['.IP', escape(part)]),
  ];
}

/** @param {Record<string, number>} exitCodes */
function exitLines(exitCodes) {
  return Object.entries(exitCodes)
    .flatMap(([family, code]) => {
      const meaning = exitMeanings[family];
      if (meaning === undefined)
        throw new Error(`scripts/dist/man-page.mjs has no words for exit code ${code}`);
      return ['.TP', `.B ${code}`, escape(meaning)];
    })
    .concat(['.TP', '.B 143', escape('terminated (SIGTERM)')]);
}

/** @param {string} text hard-wrapped */
function paragraphs(text) {
  return text
    .split(/\n\n+/)
    .map((part) => part.replaceAll(/\s*\n\s*/g, ' ').trim())
    .filter(Boolean);
}

/** @param {string} text */
export function escape(text) {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll('"', String.raw`\(dq`)
    .replace(/^(?=[.'])/, String.raw`\&`);
}
