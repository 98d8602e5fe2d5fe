/** Drives a headless Chromium over its DevTools protocol: pages as a person would see them. Needs Debian's chromium. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { WebSocket, type MessageEvent } from 'undici';
import { scratchDirectory } from '../support/scratch.ts';

export interface View {
  width: number;
  scheme: 'light' | 'dark';
}

export interface Chromium {
  open(file: string, view: View): Promise<void>;
  /** The value of an expression on the page. */
  evaluate(expression: string): Promise<unknown>;
  /** A picture of the whole page, PNG. */
  screenshot(): Promise<Buffer>;
  /** As it would be printed on A4. */
  pdf(): Promise<Buffer>;
  close(): Promise<void>;
}

export async function openChromium(): Promise<Chromium> {
  const profile = await scratchDirectory();
  const child = spawn(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let address: string | undefined;
  for await (const line of createInterface(child.stderr)) {
    address = /^DevTools listening on ws:\/\/([^/]+)\//.exec(line)?.[1];
    if (address !== undefined) break;
  }
  child.stderr.resume();
  const targets = (await (await fetch(`http://${address}/json/list`)).json()) as {
    type: string;
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  let last = 0;
  const send = (method: string, params: object = {}): Promise<Record<string, unknown>> => {
    const id = ++last;
    return new Promise((resolve, reject) => {
      const listen = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data)) as {
          id?: number;
          result?: Record<string, unknown>;
          error?: { message: string };
        };
        if (answer.id !== id) return;
        socket.removeEventListener('message', listen);
        if (answer.error === undefined) resolve(answer.result ?? {});
        else reject(new Error(`${method}: ${answer.error.message}`));
      };
      socket.addEventListener('message', listen);
      socket.send(JSON.stringify({ id, method, params }));
    });
  };
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    return (result as { value?: unknown }).value;
  };
  await send('Page.enable');
  return {
    evaluate,
    async open(file, { width, scheme }) {
      await send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 900,
        deviceScaleFactor: 1,
        mobile: width < 600,
      });
      await send('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      });
      const loaded = new Promise((resolve) => {
        const listen = ({ data }: MessageEvent): void => {
          if ((JSON.parse(String(data)) as { method?: string }).method !== 'Page.loadEventFired') return;
          socket.removeEventListener('message', listen);
          resolve(undefined);
        };
        socket.addEventListener('message', listen);
      });
      await send('Page.navigate', { url: `file://${file}` });
      await loaded;
    },
    async screenshot() {
      const { data } = await send('Page.captureScreenshot', { captureBeyondViewport: true });
      return Buffer.from(String(data), 'base64');
    },
    async pdf() {
      const { data } = await send('Page.printToPDF', {
        paperWidth: 8.27,
        paperHeight: 11.69,
        printBackground: true,
      });
      return Buffer.from(String(data), 'base64');
    },
    async close() {
      const ended = once(child, 'exit');
      await send('Browser.close').catch(() => undefined);
      socket.close();
      await ended;
    },
  };
}
