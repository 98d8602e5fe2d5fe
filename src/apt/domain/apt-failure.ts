/**
 * Says what to do about a failure of apt, judged by its own messages: it names one cause, and never all that are
 * possible.
 */

interface Cause {
  pattern: RegExp;
  hints: (said: string) => string[];
}

/** In order of precedence: a later one may be a consequence of an earlier one. */
const causes: readonly Cause[] = [
  {
    pattern:
      /could not get lock|unable to (?:acquire|lock)|is held by process|resource temporarily unavailable/i,
    hints: (said) => {
      const holder = /held by process (\d+)(?: \(([^)]*)\))?/.exec(said);
      const who =
        holder === null ? '' : ` (process ${holder[1]}${holder[2] === undefined ? '' : `, ${holder[2]}`})`;
      return [
        `Another apt or dpkg runs${who}: the web interface, unattended-upgrades or another session. Wait until it has ended, then run the same command again.`,
      ];
    },
  },
  {
    pattern: /no space left on device|don't have enough free space/i,
    hints: () => ['A file system is full: look at /var/cache/apt, /var/lib/apt and the store with "df -h".'],
  },
  {
    pattern: /conflicting values set for option/i,
    hints: () => ['Two sources name one repository with different options: take one of them away.'],
  },
  {
    pattern: /\b407\b|proxy authentication|Proxy-Auto-Detect|unsupported proxy/i,
    hints: () => proxyHints,
  },
  {
    pattern: /could not resolve|temporary failure resolving|name or service not known|no address associated/i,
    hints: (said) => (isAboutOtherHost(said, resolvedName) ? proxyHints : resolutionHints(said)),
  },
  {
    pattern:
      /could not connect|unable to connect|connection refused|connection timed out|network is unreachable|no route to host|connection failed/i,
    hints: (said) =>
      isAboutOtherHost(said, connectedHost)
        ? proxyHints
        : ['The other host does not answer: check the network, and that "pommgr serve" runs there.'],
  },
  {
    pattern: /is not valid yet|not live until|in the future|is not yet valid/i,
    hints: () => [
      'The clock of this host is behind: apt refuses what seems to come from the future. Set it (date --set).',
    ],
  },
  {
    pattern: /EXPKEYSIG|KEYEXPIRED|key (?:that )?(?:is |has )?expired|expired on/i,
    hints: () => [
      'The key of upstream has expired. What is stored ("pommgr apply --store-only") can still be installed with "pommgr restore --baseline NAME --trust-expired-upstream".',
    ],
  },
  {
    pattern: /couldn't be accessed by user '_apt'|permission denied|is not readable|unreadable|\(13: /i,
    hints: () => [
      'Check that every directory above the store may be entered by all users: apt reads as user _apt.',
    ],
  },
  {
    pattern:
      /NO_PUBKEY|BADSIG|ERRSIG|is not signed|missing key|signatures? (?:were|was|couldn't|could not)|sqv|signature verification|GPG error/i,
    hints: () => [
      'The signature of a Release file does not fit its keyring: run "pommgr doctor --deep", and bring the medium again if it finds a changed file.',
    ],
  },
];

const proxyHints = [
  'apt asks a proxy that is not there or refuses: look at "apt-config dump Acquire::http::Proxy" and, on Proxmox VE, at the proxy of the data center (76pveproxy).',
  'For one host on the local network: Acquire::http::Proxy::HOST "DIRECT"; in /etc/apt/apt.conf.d.',
];

const resolvedName = /could not resolve '?([^'\s)]+)|resolving '([^']+)'/i;
const connectedHost = /(?:could not connect to|unable to connect to|initiate the connection to) ([^\s:]+)/i;

function resolutionHints(said: string): string[] {
  const [, one, other] = resolvedName.exec(said) ?? [];
  const name = one ?? other;
  return [
    `${name === undefined ? 'A host name' : `The host name ${name}`} cannot be resolved: put it into /etc/hosts, or name the address of the host instead (--from http://ADDRESS:PORT).`,
  ];
}

/** A host that belongs to no repository in the message can only be a proxy. */
function isAboutOtherHost(said: string, pattern: RegExp): boolean {
  const [, one, other] = pattern.exec(said) ?? [];
  const host = (one ?? other ?? '').replace(/:\d+$/, '');
  const repositories = [...said.matchAll(/https?:\/\/(\[[^\]]+\]|[^\s/:']+)/g)].map(([, name]) => name);
  return host !== '' && repositories.length > 0 && !repositories.includes(host);
}

/** @param said what apt wrote. With no known cause, the way to see more of it. */
export function aptFailureHints(said: string): string[] {
  for (const { pattern, hints } of causes) {
    if (pattern.test(said)) return hints(said);
  }
  return ['Run "apt-get update" by hand, and see what it says.'];
}
