/**
 * Chooses the proxy for a URI from the environment: http_proxy, https_proxy, all_proxy and no_proxy, as curl reads
 * them.
 */
import { BlockList, isIP } from 'node:net';
import { PommgrError } from '../../core/domain/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the proxy's own URI; undefined for a direct connection. Lower-case names take precedence over upper-case
 * ones.
 * @throws PommgrError `config.proxy` for one that is no http(s) URI.
 */
export function chooseProxy(uri: URL, environment: Environment): string | undefined {
  const name = `${uri.protocol.slice(0, -1)}_proxy`;
  const proxy = variable(environment, name) ?? variable(environment, 'all_proxy');
  if (proxy === undefined) return undefined;
  const exceptions = (variable(environment, 'no_proxy') ?? '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  if (exceptions.some((entry) => isException(entry, uri))) return undefined;
  const full = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (URL.canParse(full) && /^https?:$/.test(new URL(full).protocol)) return full;
  throw new PommgrError(
    'config.proxy',
    `The proxy that the environment names (${name}) is no http:// or https:// URI.`,
    {
      hints: ['Set it to http://HOST:PORT. SOCKS proxies are not supported.'],
    },
  );
}

function variable(environment: Environment, name: string): string | undefined {
  return environment[name] || environment[name.toUpperCase()] || undefined;
}

/** `*`, a host or domain (with or without a leading dot or `*.`), an address, or a network such as 10.0.0.0/8. */
function isException(entry: string, uri: URL): boolean {
  if (entry === '*') return true;
  const host = uri.hostname.replaceAll(/[[\]]/g, '');
  const network = /^([^/]+)\/(\d+)$/.exec(entry);
  if (network !== null) return isInNetwork(host, network[1] ?? '', Number(network[2]));
  const { name, port } = splitPort(entry.toLowerCase());
  if (port !== undefined && port !== (uri.port || (uri.protocol === 'https:' ? '443' : '80'))) return false;
  const domain = name.replace(/^\*?\./, '');
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function splitPort(entry: string): { name: string; port: string | undefined } {
  if (isIP(entry) === 6) return { name: entry, port: undefined };
  const [, name, port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
  return { name: name ?? entry, port };
}

function isInNetwork(host: string, network: string, prefix: number): boolean {
  const family = isIP(host);
  if (family === 0 || isIP(network) !== family || prefix > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, prefix, type);
  return list.check(host, type);
}
