/** Defines the findings of `doctor` on a host, check by check. */
import type { Recovered } from '../../host/domain/recovered.ts';

/**
 * `work`: what interrupted runs left; `launcher`: the host's /usr/local/sbin/pommgr-media; `apt`: whether apt sees the
 * applied baseline; `sources`: other sources.
 */
export const checkNames = [
  'work',
  'apt',
  'sources',
  'store',
  'clock',
  'keys',
  'approvals',
  'launcher',
  'audit',
] as const;
export type CheckName = (typeof checkNames)[number];

export interface DoctorProblem {
  what: string;
  /** What to do. */
  hint: string;
}

export interface DoctorCheck {
  name: CheckName;
  problems: DoctorProblem[];
}

export interface DoctorReport {
  root: string;
  store: string;
  /** Null where none is applied. */
  applied: string | null;
  /** Whether every stored file was read, not only looked at. */
  deep: boolean;
  /** In the order of `checkNames`. */
  checks: DoctorCheck[];
  /** What an interrupted run had left, and how that was resolved; null without `--repair`. */
  recovered: Recovered | null;
}
