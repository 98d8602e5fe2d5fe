/**
 * Decides which connections belong to one client: an IPv4 address, or the /64 from which one IPv6 host may choose
 * addresses.
 */

/** The client of an address as Node.js gives it, `::ffff:192.0.2.7` for IPv4 on an IPv6 socket. */
export function clientOf(address: string): string {
  const [, four] = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address) ?? [];
  if (four !== undefined) return four;
  if (!address.includes(':')) return address;
  const [text = ''] = address.split('%');
  const [head = '', tail] = text.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
