/**
 * Compares two plans of apt for one job of one host: they are the same, or an error says in which package they differ,
 * and why it is there.
 */
import { clauseText, parseClauses } from '../../apt/domain/relations.ts';
import { digestOf } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { comparePlans, type AptPlan, type PlanDifference } from '../domain/apt-plan.ts';
import { chainText, chainTo } from '../domain/chains.ts';
import type { JobProof } from '../domain/lock-proof.ts';
import { offerKey, type Offers } from '../domain/offers.ts';
import type { Selection } from '../domain/selection.ts';

export interface JudgedJob {
  job: string;
  whole: AptPlan;
  thin: AptPlan;
}

/**
 * `missing` are files that the thin plan needs and the baseline lacks.
 * @throws PommgrError `integrity.closure`
 */
export function judgePlans(
  { job, whole, thin }: JudgedJob,
  about: { target: string; host: string | null; selection: Selection; offers: Offers; missing: string[] },
): JobProof {
  const differences = comparePlans(whole, thin);
  const [first] = differences;
  if (first !== undefined) throw unlike(job, first, { ...about, differences });
  const [file] = about.missing;
  if (file !== undefined) throw lacksFile(job, file, about);
  const { files: _, refusal, ...lists } = thin;
  return {
    job,
    outcome: refusal === null ? 'same' : 'impossible',
    plan: digestOf(lists),
    install: thin.install.length,
    upgrade: thin.upgrade.length,
    remove: thin.remove.length,
  };
}

const listTexts: Record<PlanDifference['list'], string> = {
  install: 'installs',
  upgrade: 'upgrades',
  downgrade: 'downgrades',
  remove: 'removes',
  keptBack: 'keeps back',
  unneeded: 'finds unneeded',
  files: 'fetches',
  refusal: 'refuses:',
};

type Where = Parameters<typeof judgePlans>[1];

function unlike(
  job: string,
  { list, item, in: side }: PlanDifference,
  { target, host, selection, offers, differences }: Where & { differences: PlanDifference[] },
): PommgrError {
  const name = item.split(' ')[0] ?? '';
  const chain = chainOf(name, selection, offers);
  const sides = { whole: 'the whole mirrors', thin: 'the thin baseline' };
  const other = side === 'whole' ? 'thin' : 'whole';
  return new PommgrError(
    'integrity.closure',
    `apt plans "${job}" on ${hostText(host)} (target ${target}) differently: with ${sides[side]} it ${listTexts[list]} ${item}, with ${sides[other]} it does not.${chain === '' ? '' : ` Why it is needed: ${chain}.`}`,
    {
      hints: [
        `Add the package to the closure of ${target} under "also", or to "install".`,
        'Report it, with the host lock if you may: the closure should have had it.',
      ],
      details: { target, host, job, differences: differences.slice(0, 50), chain },
    },
  );
}

function lacksFile(job: string, file: string, { target, host }: Where): PommgrError {
  return new PommgrError(
    'integrity.closure',
    `apt's plan of "${job}" on ${hostText(host)} (target ${target}) needs ${file}, which the thin baseline lacks.`,
    {
      hints: ['Run the same command again; if it fails once more, report it.'],
      details: { target, host, job, file },
    },
  );
}

function hostText(host: string | null): string {
  return host === null ? 'a bare system' : `the host ${host}`;
}

/** Returns the chain to the package itself, or through the first selected package that names it. */
function chainOf(name: string, selection: Selection, offers: Offers): string {
  const [plain = '', architecture = offers.nativeArchitecture] = name.split(':');
  const offer = offers.candidate(plain, architecture);
  if (offer !== undefined && selection.has(offerKey(offer)))
    return chainText(chainTo(offerKey(offer), selection));
  for (const [key, { offer: selected }] of selection) {
    const { preDepends, depends, recommends } = selected.relations;
    const clause = [preDepends, depends, recommends]
      .flatMap(parseClauses)
      .find((alternatives) => alternatives.some((alternative) => alternative.name === plain));
    if (clause !== undefined) return `${chainText(chainTo(key, selection))}; names ${clauseText(clause)}`;
  }
  return '';
}
