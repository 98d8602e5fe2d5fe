/** Where a server listens: `ADDRESS:PORT`, an IPv6 address in brackets. */
import { PommgrError } from '../../core/domain/errors.ts';

export interface ListenAddress {
  host: string;
  /** 0 for any that is free. */
  port: number;
}

/** Whether the machine has the address is found out when the server starts. @throws PommgrError `usage.listen` */
export function parseListenAddress(text: string): ListenAddress {
  const [, six, four, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|(localhost|[0-9]+(?:\.[0-9]+){3})):([0-9]{1,5})$/.exec(text) ?? [];
  const host = six ?? four;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new PommgrError('usage.listen', `Expected ADDRESS:PORT to listen at, found "${text}".`, {
    hints: ['For example 192.0.2.7:8474, [2001:db8::7]:8474, or 0.0.0.0:8474 for all addresses.'],
  });
}
