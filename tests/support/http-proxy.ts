/** A forward proxy on loopback for plain http that records what it passed on. */
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForwardProxy {
  url: string;
  /** Absolute URIs, in order. */
  requests: string[];
  /** `Proxy-Authorization` of each request, in the same order. */
  logins: (string | undefined)[];
  close(): Promise<void>;
}

/** Listens on a free port. Every host name is answered by `upstream`, so names need not exist. */
export async function startForwardProxy(upstream: string): Promise<ForwardProxy> {
  const requests: string[] = [];
  const logins: (string | undefined)[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push(incoming.url ?? '');
    logins.push(incoming.headers['proxy-authorization']);
    const target = new URL(incoming.url ?? '', 'http://proxy.invalid');
    const { hostname, port } = new URL(upstream);
    const onward = httpRequest(
      { hostname, port, path: target.pathname, method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    logins,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
