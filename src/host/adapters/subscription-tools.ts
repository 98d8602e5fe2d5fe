/**
 * Runs the products' own subscription tools. Invariant: their output, which may contain the subscription key, leaves
 * here only through redaction; none of them runs longer than its limit.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import type { ProductTool } from '../../subscription/domain/product-tool.ts';
import { redactSecrets } from '../../core/domain/redaction.ts';
import {
  parseSubscriptionAnswer,
  type SubscriptionAnswer,
} from '../../subscription/domain/subscription-answer.ts';
import { chrootEnvironment, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { run, type RunResult } from '../../core/adapters/process.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';

export interface ToolOptions {
  /** Time after which the tool is ended, with everything that it started. Default: a minute. */
  limitSeconds?: number | undefined;
  signal?: AbortSignal | undefined;
}

const defaultLimitSeconds = 60;
/** Time between SIGTERM and SIGKILL. */
const graceSeconds = 2;
/** timeout(1)'s own exit code. */
const timedOutExitCode = 124;
/** Accepts every exit code: this module decides what they mean. */
const anyExitCode = Array.from({ length: 256 }, (_, code) => code);

/** Returns whether the tool can be run; a root without its own apt has none. */
export async function hasTool({ kind, root }: AptRoot, { program }: ProductTool): Promise<boolean> {
  if (kind === 'outside') return false;
  for (const directory of ['usr/bin', 'usr/sbin']) {
    if (await pathExists(await pathInRoot(root, `/${directory}/${program}`))) return true;
  }
  return false;
}

/** @throws PommgrError `tool.subscription` when it fails, `tool.timeout`. */
export async function askSubscription(
  aptRoot: AptRoot,
  tool: ProductTool,
  options: ToolOptions = {},
): Promise<SubscriptionAnswer> {
  const { stdout } = await runTool(aptRoot, { ...tool, args: tool.get }, options);
  return parseSubscriptionAnswer(stdout);
}

/**
 * Passes an info to the tool. It exits 0 even for invalid ones: query it afterwards.
 * @throws PommgrError `tool.subscription`, `tool.timeout`; then it may have written all the same.
 */
export async function setOfflineKey(
  aptRoot: AptRoot,
  tool: ProductTool,
  { text, ...options }: ToolOptions & { text: string },
): Promise<void> {
  // The command accepts the info only as an argument; nothing here quotes the arguments.
  const base64 = Buffer.from(text).toString('base64');
  await runTool(aptRoot, { ...tool, args: [...tool.setOfflineKey, base64] }, options);
}

/** timeout(1) also ends what the tool started. */
async function runTool(
  { kind, root }: AptRoot,
  { program, args }: ProductTool & { args: readonly string[] },
  { limitSeconds = defaultLimitSeconds, signal }: ToolOptions,
): Promise<RunResult> {
  const command = kind === 'host' ? [program, ...args] : ['chroot', root, program, ...args];
  const shown = [program, ...args.filter((word) => word.length < 30)].join(' ');
  const tooLong = {
    code: 'tool.timeout',
    text: `${shown} took longer than ${limitSeconds} s and was ended.`,
    hints: [`Run "${program}" by hand and see what it waits for.`],
  } as const;
  const result = await run('timeout', [`--kill-after=${graceSeconds}`, String(limitSeconds), ...command], {
    accept: anyExitCode,
    env: kind === 'host' ? {} : chrootEnvironment,
    ...(signal === undefined ? {} : { signal }),
    // The SIGKILL that ends a tool which ignores SIGTERM ends timeout, too.
    ...{ code: tooLong.code, hints: [...tooLong.hints], redact: () => tooLong.text },
  });
  if (result.exitCode === 0) return result;
  if (result.exitCode === timedOutExitCode) {
    throw new PommgrError(tooLong.code, tooLong.text, { hints: [...tooLong.hints], details: { program } });
  }
  const said = redactSecrets(`${result.stderr}\n${result.stdout}`.trim()).split('\n').slice(-5).join('\n');
  throw new PommgrError(
    'tool.subscription',
    `${shown} ended with exit code ${result.exitCode}${said === '' ? '.' : `:\n${said}`}`,
    { hints: failureHints(program, said), details: { program, exitCode: result.exitCode } },
  );
}

function failureHints(program: string, said: string): string[] {
  return said.includes('ipcc_send_rec')
    ? ['The cluster file system does not run: "systemctl start pve-cluster", then run this again.']
    : [`Run "${program}" by hand.`];
}
