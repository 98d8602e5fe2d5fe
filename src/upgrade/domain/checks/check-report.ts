/** Defines the report of `pommgr upgrade-release check`. */
import type { Product } from '../../../apt/domain/target.ts';
import type { Phase } from './facts.ts';

export interface CheckResult {
  id: string;
  title: string;
  verdict: 'pass' | 'warn' | 'fail' | 'unknown';
  /** What was found. */
  seen: string;
  /** What to do; null where nothing is to be done. */
  todo: string | null;
}

export interface CheckReport {
  hostName: string;
  products: Product[];
  /** Codenames of the old and the new release. */
  from: string;
  to: string;
  /** `after`: the host has the new release already, and what is left to do is checked. */
  phase: Phase;
  /** `stop` where a check failed or is unknown. */
  verdict: 'go' | 'stop';
  checks: CheckResult[];
  /** What the products' own tools printed. */
  tools: { program: string; lines: { level: string; text: string }[] }[];
}
