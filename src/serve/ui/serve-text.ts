/** Formats the output of `serve` for people: where it answers, each request, and the totals at the end. */
import type { ReadyServer, ServedRequest, ServeReport } from '../domain/serve-report.ts';
import { formatBytes, formatCount } from '../../core/ui/format.ts';

export function readyText({ url, addresses, runtime }: ReadyServer): string {
  const lines = [`Answering at ${url}; end with Ctrl-C.`];
  for (const address of addresses) lines.push(`On another host: pommgr apply --from ${address}`);
  if (addresses.length === 0) {
    lines.push('Only this machine can reach it: name an address of its network with --listen.');
    lines.push(`Here: pommgr apply --from ${url}`);
  }
  lines.push(
    runtime === null
      ? 'Hosts without pommgr cannot start from here: "pommgr serve --media DIR" takes a medium\'s runtime.'
      : `Hosts without pommgr can start from here (runtime ${runtime.version}): /POMMGR.txt says how.`,
  );
  return lines.join('\n');
}

/** One line: `192.0.2.9 GET /baselines/… 200 1234`. */
export function requestText({ address, method, target, status, sentBytes }: ServedRequest): string {
  return [address, method, target, status, sentBytes].join(' ');
}

export function serveText({ store, requests, refused, sentBytes }: ServeReport): string {
  return `Served ${store}: ${formatCount(requests, 'request')}, ${refused} refused, ${formatBytes(sentBytes)} sent.`;
}
