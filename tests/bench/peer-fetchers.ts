/** Fetching a whole repository: pommgr, curl and openssl, aptly, debmirror; and the servers that they fetch from. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, pommgr } from './measure.ts';
import { timeScript } from './race.ts';
import { configText, poolFile, type SyntheticSuite } from './synthetic-suite.ts';

export const connections = 24;

export interface BenchServer {
  url: string;
  close: () => Promise<void>;
}

/** nginx with its defaults for static files. */
export async function serveWithNginx(directory: string): Promise<BenchServer> {
  const own = await scratchDirectory();
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(own, name)};`,
  );
  const text = [
    `pid ${own}/pid; error_log ${own}/error.log; user root; worker_processes 2; events { }`,
    `http { access_log off; sendfile on; ${temporary.join(' ')}`,
    `server { listen 127.0.0.1:${port}; root ${directory}; } }`,
    '',
  ];
  await writeFile(join(own, 'nginx.conf'), text.join('\n'));
  await run('nginx', ['-q', '-c', join(own, 'nginx.conf')]);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => void (await run('nginx', ['-c', join(own, 'nginx.conf'), '-s', 'stop'])),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The same server, so many milliseconds away. */
export async function delayServer({ url }: BenchServer, latencyMs: number): Promise<BenchServer> {
  const script = new URL('delaying-relay.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, new URL(url).port, String(latencyMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    close: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** A first snapshot; `more` is timed instead, in the same directory, where it is given. */
export async function withPommgr(
  url: string,
  suite: SyntheticSuite,
  more?: readonly string[],
): Promise<{ seconds: number; peakMiB: number }> {
  const cwd = await scratchDirectory();
  await writeFile(join(cwd, 'pommgr.yaml'), configText(url, suite));
  const first = await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd });
  const measured = more === undefined ? first : await measureNode([pommgr, ...more], { cwd });
  await rm(cwd, { recursive: true });
  return measured;
}

/** Every file in parallel, then hashed and synced. */
export async function withCurl(url: string, { packageCount }: SyntheticSuite): Promise<number> {
  const directory = await scratchDirectory();
  await mkdir(join(directory, 'files'));
  const list = Array.from({ length: packageCount }, (_, number) => [
    `url = "${url}/${poolFile(number)}"`,
    `output = "files/${number}"`,
  ]);
  await writeFile(join(directory, 'list'), list.flat().join('\n'));
  const seconds = await timeScript(
    `curl --silent --show-error --fail --parallel --parallel-max ${connections} --config list
     find files -type f -print0 | xargs -0 openssl dgst -sha256 > digests
     sync --file-system .`,
    directory,
  );
  await rm(directory, { recursive: true });
  return seconds;
}

/** `aptly mirror update`; it is told not to look at signatures, and knows no Ed25519. */
export async function withAptly(url: string): Promise<number> {
  const directory = await scratchDirectory();
  const config = { rootDir: directory, downloadConcurrency: connections, architectures: ['amd64'] };
  await writeFile(join(directory, 'aptly.conf'), JSON.stringify(config));
  const aptly = `aptly -config=aptly.conf`;
  await timeScript(`${aptly} -ignore-signatures mirror create bench ${url} stable main`, directory);
  const seconds = await timeScript(
    `${aptly} -ignore-signatures mirror update bench; sync --file-system .`,
    directory,
  );
  await rm(directory, { recursive: true });
  return seconds;
}

/** One file after the other. */
export async function withDebmirror(url: string): Promise<number> {
  const directory = await scratchDirectory();
  const options = `--method=http --root=/ --dist=stable --section=main --arch=amd64 --nosource --diff=none --rsync-extra=none --no-check-gpg --checksums`;
  const seconds = await timeScript(
    `debmirror --host=${new URL(url).host} ${options} mirror; sync --file-system .`,
    directory,
  );
  await rm(directory, { recursive: true });
  return seconds;
}
