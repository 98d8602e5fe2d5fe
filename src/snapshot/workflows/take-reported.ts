/** What trusted hosts reported of themselves, as closures need it. */
import { lockedHost } from '../../apt/domain/host-lock.ts';
import type { Reported } from '../../closure/workflows/closure-run.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { takeReports } from '../../hosts/workflows/take-reports.ts';

type ReportRun = Omit<Parameters<typeof takeReports>[0], 'media'> & { media?: readonly string[] };

/** What trusted hosts said of themselves, the media of this run included. */
export async function takeReported(run: ReportRun): Promise<Reported> {
  const { media = [], context } = run;
  const { hosts, accepted, open } = await takeReports({ ...run, media });
  for (const wish of open) {
    context.progress.warn(
      `The host ${wish.host.name} wishes ${wish.package}${wish.why === '' ? '' : `: "${wish.why}"`} (${wish.who}). --accept-requests agrees to it.`,
    );
  }
  return {
    hosts: hosts.flatMap(({ lock }) => {
      if (lock === null) return [];
      const { text, file, lock: inventory } = lock;
      return [{ lock: { file, sha256: sha256Hex(text), inventory }, kind: lockedHost(inventory) }];
    }),
    wished: accepted
      .map(({ package: name, host }) => {
        const lock = hosts.find(({ receipt }) => receipt.host.id === host.id)?.lock ?? null;
        return { name, kind: lock === null ? null : lockedHost(lock.lock) };
      })
      .toSorted((a, b) => compareText(a.name, b.name)),
  };
}
