/**
 * Computes which addresses other hosts can use to reach a server, from its listen address and the machine's interfaces.
 */

/** One address of a network interface. */
export interface InterfaceAddress {
  address: string;
  family: 'IPv4' | 'IPv6';
  /** Loopback. */
  internal: boolean;
}

/**
 * Returns URLs, IPv4 first, without duplicates. Link-local addresses are left out, because they are valid only together
 * with an interface. Empty for loopback.
 */
export function reachableAddresses(
  { host, port }: { host: string; port: number },
  interfaces: readonly InterfaceAddress[],
): string[] {
  const families = wildcards.get(host);
  const hosts =
    families === undefined
      ? [host].filter((address) => !isLoopback(address))
      : interfaces
          .filter(({ family, address, internal }) => {
            return families.includes(family) && !internal && !isLinkLocal(address);
          })
          .toSorted((a, b) => a.family.localeCompare(b.family))
          .map(({ address }) => address);
  return [...new Set(hosts)].map((address) => `http://${urlHost(address)}:${port}`);
}

/** `::` takes IPv4 connections, too (ipv6(7), IPV6_V6ONLY is off in Node.js). */
const wildcards = new Map<string, readonly InterfaceAddress['family'][]>([
  ['0.0.0.0', ['IPv4']],
  ['::', ['IPv4', 'IPv6']],
]);

/** An IPv6 address stands in brackets in a URL (RFC 3986, 3.2.2). */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function isLoopback(address: string): boolean {
  return /^127\.|^::1$|^::ffff:127\./i.test(address);
}

function isLinkLocal(address: string): boolean {
  return /^169\.254\.|^fe[89ab][0-9a-f]:/i.test(address);
}
