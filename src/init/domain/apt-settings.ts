/** Parses what `apt-config dump` prints (apt.conf(5)) about TLS, proxies and the preferred release. */

/** Files for TLS, absolute as apt has them. */
export interface TlsFiles {
  caFile?: string;
  clientCertificate?: string;
  clientKey?: string;
}

export interface AptSettings {
  /** `APT::Default-Release`; empty where it is not set. */
  defaultRelease: string;
  /** For all https servers, and by host where it is set for one. */
  tls: { all: TlsFiles; byHost: ReadonlyMap<string, TlsFiles> };
  /** Names and URIs of the proxies that are set, those for one host too. */
  proxies: { name: string; uri: string }[];
  /** Names of the settings that switch a check of TLS off. */
  unverified: string[];
}

const tlsNames = new Map<string, keyof TlsFiles>([
  ['cainfo', 'caFile'],
  ['sslcert', 'clientCertificate'],
  ['sslkey', 'clientKey'],
]);

/** Names of settings are compared without regard to case, as apt does. */
export function parseAptSettings(dump: string): AptSettings {
  const settings: AptSettings & { tls: { all: TlsFiles; byHost: Map<string, TlsFiles> } } = {
    defaultRelease: '',
    tls: { all: {}, byHost: new Map() },
    proxies: [],
    unverified: [],
  };
  for (const line of dump.split('\n')) {
    const [, name = '', value = ''] = /^(\S+) "(.*)";$/.exec(line) ?? [];
    if (value === '') continue;
    const parts = name.toLowerCase().split('::');
    if (parts.join('::') === 'apt::default-release') settings.defaultRelease = value;
    if (parts[0] !== 'acquire' || parts.length > 4) continue;
    if (/^https?$/.test(parts[1] ?? '') && parts[2] === 'proxy' && value !== 'DIRECT') {
      settings.proxies.push({ name, uri: value });
    }
    if (parts[1] !== 'https') continue;
    if (
      /^verify-(peer|host)$/.test(parts.at(-1) ?? '') &&
      /^(no|false|0|off|disable|without)$/i.test(value)
    ) {
      settings.unverified.push(name);
    }
    const setting = tlsNames.get(parts.at(-1) ?? '');
    if (setting === undefined) continue;
    const host = parts.length === 4 ? parts[2] : undefined;
    const { all, byHost } = settings.tls;
    if (host === undefined) all[setting] = value;
    else byHost.set(host, { ...byHost.get(host), [setting]: value });
  }
  return settings;
}

/** Returns the files that apt uses for a server: settings for its host take precedence over those for all. */
export function tlsFilesFor(uri: string, { all, byHost }: AptSettings['tls']): TlsFiles {
  const { protocol, hostname } = new URL(uri);
  if (protocol !== 'https:') return {};
  const { clientKey, ...files } = { ...all, ...byHost.get(hostname) };
  return clientKey === undefined || files.clientCertificate === undefined ? files : { ...files, clientKey };
}
