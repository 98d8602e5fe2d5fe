/** Formats the outcome of `pack` for people. */
import type { RuntimeReport } from '../../medium/domain/medium-tool.ts';
import type { ReportPack } from '../../approval/domain/report-pack.ts';
import type { ReadBackMethod } from '../../medium/domain/read-back-method.ts';
import { extrasField } from './extras-text.ts';
import type { SubscriptionPack } from '../../subscription/domain/subscription-pack.ts';
import { formatBytes, formatCount, formatFields } from '../../core/ui/format.ts';
import { subscriptionPackFields } from '../../subscription/ui/subscription-pack-text.ts';
import { contentsFields, kindText } from './verify-text.ts';

/** The shape that the workflow returns. */
interface ShownPack {
  outcome: 'packed' | 'unchanged' | 'planned';
  bundle: string;
  directory: string;
  baseline: { name: string; digest: string };
  base: Parameters<typeof kindText>[0];
  extras: Parameters<typeof extrasField>[0];
  signers: string[];
  layout: 'volumes' | 'pom';
  volumes: number;
  snapshots: number;
  objects: number;
  contents: Parameters<typeof contentsFields>[0]['contents'];
  sizeBytes: number;
  readBack: ReadBackMethod | null;
  runtime: RuntimeReport;
  subscriptions: SubscriptionPack | null;
  report: ReportPack;
  /** Files that POM copied. */
  copied?: { files: number; sizeBytes: number };
}

/** `isLocal`: the user said that the target is a directory of this machine. */
export function packText(result: ShownPack, { isLocal = false } = {}): string {
  return [
    headline(result, isLocal),
    formatFields({
      Baseline: result.baseline.name,
      Digest: result.baseline.digest,
      Kind: kindText(result.base),
      Directory: result.directory,
      'Signed by': result.signers.join(', '),
      ...contentsFields(result),
      ...extrasField(result.extras),
      Runtime: runtimeText(result),
      ...copiedField(result),
      ...readBackField(result),
      ...subscriptionPackFields(result.subscriptions),
      ...reportField(result),
    }),
  ].join('\n');
}

/** Returns what happened to the runtime on a medium. */
export function runtimeText({ outcome, runtime }: Pick<ShownPack, 'outcome' | 'runtime'>): string {
  const { version, platforms, sizeBytes } = runtime;
  const what = `${version} for ${platforms.join(', ')}`;
  const lines = {
    written: `${what}, ${formatBytes(sizeBytes)}${outcome === 'planned' ? ', would be written' : ''}`,
    signed: `${what}, there already; ${outcome === 'planned' ? 'would be signed' : 'signed'} with this key, too`,
    unchanged: `${what}, there already`,
    'left-out': 'none: left out',
    missing: 'none: this pommgr has none to copy',
  };
  return lines[runtime.outcome];
}

function copiedField({ copied, outcome }: ShownPack): Record<string, string> {
  if (copied === undefined) return {};
  const name = outcome === 'planned' ? 'POM would copy' : 'POM copied';
  return { [name]: `${formatCount(copied.files, 'file')}, ${formatBytes(copied.sizeBytes)}` };
}

/** Returns how the medium was read back; no field where it was not. */
export function readBackField({ readBack }: Pick<ShownPack, 'readBack'>): Record<string, string> {
  if (readBack === null) return {};
  const texts = {
    direct: 'right, from the medium itself',
    'cache-dropped': 'right, after the cache was dropped',
    cached: 'right, but perhaps from the cache',
  };
  return { 'Read back': texts[readBack] };
}

/** Returns where the report is, and the digest that an approver names. */
export function reportField({ report }: Pick<ShownPack, 'report'>): Record<string, string> {
  const { outcome, directory, digest } = report;
  const texts = {
    packed: `${directory}, digest ${digest}`,
    unchanged: `${directory}, there already, digest ${digest}`,
    planned: `${directory}, would be made`,
    'left-out': 'none: left out',
  };
  return { Report: texts[outcome] };
}

function headline({ outcome, bundle, runtime, subscriptions, report }: ShownPack, isLocal: boolean): string {
  const isOtherNew =
    ['written', 'signed'].includes(runtime.outcome) ||
    [subscriptions?.outcome, report.outcome].includes('packed');
  const lines = {
    packed: isLocal
      ? `Packed ${bundle} into this directory.`
      : `Packed ${bundle}. Unmount the medium before you take it out.`,
    unchanged: `${bundle} is on the medium already${isOtherNew ? '.' : '; nothing was written.'}`,
    planned: `Would pack ${bundle}. Nothing was changed: this was a dry run.`,
  };
  return lines[outcome];
}
