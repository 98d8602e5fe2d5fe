/** Defines what `serve` reports: each answer, and the totals. */

import type { KeptTool } from '../../store/domain/kept-tool.ts';

export interface ServedRequest {
  /** Address of the client. */
  address: string;
  method: string;
  /** As it was sent, with what is not printable ASCII replaced. */
  target: string;
  status: number;
  /** Bytes of the body that were sent; fewer when the client disconnected. */
  sentBytes: number;
}

export interface ServeReport {
  store: string;
  /** Where it listened. */
  url: string;
  /** Addresses that other hosts can use, without loopback; empty where only this machine can reach the server. */
  addresses: string[];
  /** Whom the server ran as. */
  user: string;
  /** What bare hosts can start from; null where no medium's tool was taken. */
  runtime: KeptTool | null;
  /** Names of the baselines that were offered when it began. */
  baselines: string[];
  requests: number;
  /** How many of them were answered with an error. */
  refused: number;
  sentBytes: number;
}

/** A server that answers. */
export type ReadyServer = Pick<ServeReport, 'url' | 'addresses' | 'runtime'>;
