/**
 * Implements `pommgr upgrade-release next`: does the stage that is in turn, or goes on with the one that is begun.
 * Invariant: it says `done` only when no installed package is older than the stage's and dpkg has nothing unfinished.
 */
import { simulateUpgrade } from '../../apt/adapters/apt.ts';
import { sizesOfPlan } from '../../apt/adapters/upgrade-sizes.ts';
import { readHostConfig } from '../../config/adapters/host-config.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { formatTime } from '../../core/domain/time.ts';
import { summaryOf } from '../../forecast/domain/summary.ts';
import { workOnStore, type StoreOptions } from '../../host/workflows/work-on-store.ts';
import { writeUpgradeJournal } from '../../store/adapters/upgrade-files.ts';
import { lastLines, refuseWhileRunning, runUpgrade } from '../adapters/upgrade-run.ts';
import type { NextReport } from '../domain/next-report.ts';
import { admitStage, type PlacedStage } from '../domain/position.ts';
import { commandsByHand } from '../domain/run-script.ts';
import { admitCheck } from '../domain/check-admission.ts';
import { beginStage, type StageQuestion } from './begin-stage.ts';
import { checkUpgrade } from './check-upgrade.ts';
import { finishStage } from './finish-stage.ts';
import { openUpgrade, type Upgrade } from './open-upgrade.ts';

export interface NextOptions extends StoreOptions {
  baseline?: string | undefined;
  way?: string | undefined;
  /** Target of the stage that is expected to be in turn. */
  stage?: string | undefined;
  /** Runs the upgrade, too. */
  run: boolean;
  /** Findings that the operator accepts, by id. */
  accept: readonly string[];
  /** Returns undefined where nobody can be asked. Absent: it is confirmed already. */
  confirm?: ((question: StageQuestion) => Promise<boolean | undefined>) | undefined;
  /** Gets what the upgrade writes, as it comes. */
  onOutput: (text: string) => void;
}

/** @throws PommgrError `refused.order`, `refused.stage`, `state.locked`, `tool.apt`; else as `beginStage`. */
export async function next(options: NextOptions): Promise<NextReport> {
  const { context, baseline, way } = options;
  return workOnStore(options, async ({ root, store, recovered }) => {
    await refuseWhileRunning(store);
    const upgrade = await openUpgrade({ root, store, baseline, way });
    const work: Work = { options, upgrade, recovered };
    const begun = upgrade.position.stages.find(({ target }) => target.name === upgrade.journal?.target);
    const isAsked = options.stage === undefined || options.stage === begun?.target.name;
    if (begun?.state === 'done' && isAsked) {
      if (options.dryRun === true) return reportOf(work, begun, { outcome: 'done' });
      const setAside = await finishStage(upgrade, begun, context);
      return reportOf(work, begun, { outcome: 'done', setAside });
    }
    const stage = admitStage(upgrade.position, options.stage);
    if (stage === null) return reportOf(work, null, { outcome: 'complete' });
    return doStage(work, stage);
  });
}

interface Work {
  options: NextOptions;
  upgrade: Upgrade;
  recovered: NextReport['recovered'];
}

async function doStage(work: Work, stage: PlacedStage): Promise<NextReport> {
  const { options, upgrade } = work;
  const { context, dryRun = false } = options;
  const isBegun = stage.state === 'begun' && upgrade.journal?.target === stage.target.name;
  let found: Partial<NextReport> = {};
  if (!isBegun) {
    requireReady(upgrade, stage);
    const accepted = await admitChecked(work, stage);
    const { confirm } = options;
    const { judged, setAside } = await beginStage(upgrade, stage, { confirm, accepted, dryRun, context });
    const { plan, sizes, forecast } = judged;
    found = { plan, sizes, forecast: summaryOf(forecast), setAside, accepted };
    if (dryRun) return reportOf(work, stage, { ...found, outcome: 'would-begin' });
  } else if (!upgrade.position.needsRepair) {
    const plan = await simulateUpgrade(upgrade.aptRoot);
    found = { plan, sizes: await sizesOfPlan(upgrade.aptRoot, plan) };
  }
  const hasWork = found.plan === undefined || found.plan === null || hasChanges(found.plan);
  const log = options.run && hasWork && !dryRun ? await runStage(await reopen(work), stage) : null;
  const after = await reopen(work);
  const placed = after.upgrade.position.stages.find(({ number }) => number === stage.number) ?? stage;
  if (placed.state !== 'done') return reportOf(after, placed, { ...found, outcome: 'begun', log });
  const added = dryRun ? [] : await finishStage(after.upgrade, placed, context);
  const setAside = [...(found.setAside ?? []), ...added];
  return reportOf(after, placed, { ...found, outcome: 'done', log, setAside });
}

function hasChanges({ incoming, remove }: NonNullable<NextReport['plan']>): boolean {
  return incoming.length + remove.length > 0;
}

/**
 * The change of the release needs a check that passed, or whose findings are accepted. Returns the accepted ones.
 * @throws PommgrError `refused.check`.
 */
async function admitChecked({ options, upgrade }: Work, { kind }: PlacedStage): Promise<string[]> {
  if (kind !== 'release') return [];
  const { root } = upgrade.aptRoot;
  return admitCheck(await checkUpgrade({ root, context: options.context }), options.accept);
}

/** @throws PommgrError `state.dpkg` before a repair, `refused.stage` before a reboot that is due. */
function requireReady({ position }: Upgrade, { target, number }: PlacedStage): void {
  const { needsRepair, unfinished, rebootDue } = position;
  if (needsRepair) {
    const names = unfinished.map(({ name, status }) => `${name} (${status})`).join(', ');
    throw new PommgrError(
      'state.dpkg',
      `dpkg was interrupted on this host: expected every package to be complete, found ${names || 'an unfinished database, or packages without what they depend on'}.`,
      {
        hints: commandsByHand.repair.map((command) => `Run "${command}".`),
        details: { unfinished },
      },
    );
  }
  if (rebootDue !== null && number > 1) {
    throw new PommgrError('refused.stage', `The stage ${target.name} needs a reboot first: ${rebootDue}.`, {
      hints: ['Reboot this host, then run the same command again.'],
      details: { target: target.name, rebootDue },
    });
  }
}

/** The position anew, after a switch or a run. */
async function reopen({ options, upgrade, recovered }: Work): Promise<Work> {
  const { aptRoot, store, stored, way } = upgrade;
  const about = { root: aptRoot.root, store, baseline: stored.baseline.name, way: way.name };
  return { options, recovered, upgrade: await openUpgrade(about) };
}

/** Returns the path of the log in the root. @throws PommgrError `tool.apt` when the upgrade fails. */
async function runStage({ options, upgrade }: Work, { target }: PlacedStage): Promise<string> {
  const { aptRoot, store, journal } = upgrade;
  const { context, onOutput } = options;
  const time = formatTime(context.timestamp()).replaceAll(':', '');
  const log = `/var/log/pommgr/upgrade-${target.name}-${time}.log`;
  if (journal !== undefined) await writeUpgradeJournal(store, { ...journal, log });
  context.progress.step(`Upgrading to ${target.name}; the log is ${log}`);
  const place = await pathInRoot(aptRoot.root, log);
  const exitCode = await runUpgrade({
    ...{ aptRoot, store, onOutput, signal: context.signal },
    log: place,
    dpkgOptions: (await readHostConfig(aptRoot.root)).upgrade?.dpkgOptions ?? [
      '--force-confdef',
      '--force-confold',
    ],
  });
  if (exitCode === 0) return log;
  const how = exitCode === null ? 'was killed' : `ended with exit code ${exitCode}`;
  const what = `The upgrade to ${target.name} ${how}. The end of its log, ${log}:`;
  throw new PommgrError('tool.apt', `${what}\n${await lastLines(place)}`, {
    hints: [
      'Run the same command again: it repairs what dpkg left and goes on.',
      `By hand: ${[...commandsByHand.repair, commandsByHand.upgrade].join('; ')}.`,
    ],
    details: { target: target.name, exitCode, log },
  });
}

function reportOf(
  { upgrade, recovered }: Work,
  stage: PlacedStage | null,
  found: Partial<NextReport> & Pick<NextReport, 'outcome'>,
): NextReport {
  const { aptRoot, store, stored, way, position, journal } = upgrade;
  const { name, digest } = stored.baseline;
  const { unfinished, rebootDue, needsRepair } = position;
  const isLeft = found.outcome === 'begun';
  return {
    root: aptRoot.root,
    store: store.directory,
    baseline: { name, digest },
    way: way.name,
    stage:
      stage === null
        ? null
        : {
            ...{ number: stage.number, of: position.stages.length, kind: stage.kind },
            ...{ target: stage.target.name, codename: stage.target.codename },
          },
    following: position.stages[stage?.number ?? position.stages.length]?.target.name ?? null,
    plan: null,
    sizes: null,
    forecast: null,
    setAside: [],
    accepted: journal?.accepted ?? [],
    commands: isLeft ? [...(needsRepair ? commandsByHand.repair : []), commandsByHand.upgrade] : [],
    log: null,
    behind: stage?.behind ?? [],
    ...{ unfinished, rebootDue, recovered },
    ...found,
  };
}
