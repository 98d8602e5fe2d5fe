/** Implements `pommgr host report`: receipt, lock and wishes for the online side, without an apply. */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { packageNamePattern } from '../../apt/domain/package-entry.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { formatTime } from '../../core/domain/time.ts';
import { maxWishes, mergeWishes, wishSchema, type Wish } from '../../hosts/domain/wish.ts';
import { auditUser } from '../../store/adapters/audit-log.ts';
import { locateStore } from '../../store/adapters/store.ts';
import { readWishes, writeWishes } from '../../store/adapters/wish-file.ts';
import type { LeftReceipt } from '../domain/apply-report.ts';
import { checkReceiptTop } from './leave-receipt.ts';
import { withLockedStore, type StoreOptions } from './work-on-store.ts';
import { writeReport } from './write-report.ts';

export interface ReportOptions extends Pick<StoreOptions, 'root' | 'store' | 'context'> {
  /** Directory that carries the report, for instance a medium's top. */
  media: string;
  /** Packages that somebody here wants. */
  install: readonly string[];
  /** Packages that are no longer wanted. */
  withdraw: readonly string[];
  /** Purpose, on one line. */
  why: string | undefined;
  /** Who wants them. Default: the user who runs the command. */
  who: string | undefined;
}

export interface ReportResult extends LeftReceipt {
  /** All that this host waits for. */
  wishes: Wish[];
}

/** @throws PommgrError `usage.wish`, `usage.receipt`, `state.*`. */
export async function reportHost(options: ReportOptions): Promise<ReportResult> {
  const { media, context } = options;
  const root = await namedRoot(options.root);
  const store = await locateStore(root, options.store);
  const asked = wishesOf(options);
  await checkReceiptTop(media, options.context);
  return await withLockedStore(store, async () => {
    const aptRoot = await openAptRoot(root);
    const wishes = mergeWishes(await readWishes(store), asked).filter(
      (wish) => !options.withdraw.includes(wish.package),
    );
    if (wishes.length > maxWishes) throw tooMany(wishes.length);
    if (asked.length > 0 || options.withdraw.length > 0) await writeWishes(store, wishes);
    context.progress.step('Writing the report');
    const left = await writeReport(media, { store, aptRoot, context });
    return { ...left, wishes: await readWishes(store) };
  });
}

function wishesOf({ install, why = '', who, context }: ReportOptions): Wish[] {
  return install.map((name) => {
    if (!packageNamePattern.test(name)) {
      throw new PommgrError('usage.wish', `${JSON.stringify(name)} is not the name of a package.`, {
        hints: ['Name packages like htop or postgresql-15, without version.'],
      });
    }
    const wish = { package: name, who: who ?? auditUser(), why, time: formatTime(context.timestamp()) };
    const result = wishSchema.safeParse(wish);
    if (result.success) return result.data;
    throw new PommgrError(
      'usage.wish',
      'Names and reasons of a wish must be one line of at most 200 characters.',
    );
  });
}

function tooMany(count: number): PommgrError {
  return new PommgrError('usage.wish', `There would be ${count} wishes, expected at most ${maxWishes}.`, {
    hints: ['Withdraw some (--withdraw PKG), or have the packages put into the config of the online side.'],
  });
}
