/** A real nginx with the server that `pommgr serve --print-nginx` prints, on a free port of loopback. */
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { nginxConfig } from '../../src/serve/workflows/nginx-config.ts';
import { scratchDirectory } from './scratch.ts';

/** Its workers run as nobody. */
export async function startNginx(store: string): Promise<{ port: number; close: () => Promise<void> }> {
  const directory = await scratchDirectory();
  const at = (name: string): string => join(directory, name);
  const port = await freePort();
  const { config } = await nginxConfig({ store, listen: `127.0.0.1:${port}` });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${at(name)};`,
  );
  const text = [
    `pid ${at('pid')};`,
    `error_log ${at('error.log')};`,
    'user nobody nogroup;',
    'worker_processes 1;',
    'events { }',
    'http {',
    'access_log off;',
    ...temporary,
    config,
    '}',
    '',
  ];
  await writeFile(at('nginx.conf'), text.join('\n'));
  // It goes into the background when it listens.
  await run('nginx', ['-q', '-c', at('nginx.conf')]);
  return { port, close: async () => void (await run('nginx', ['-c', at('nginx.conf'), '-s', 'stop'])) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
