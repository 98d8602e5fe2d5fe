/** Explains why a package is in a closure: the chain of dependencies from a requested package down to it. */
import { offerKey } from './offers.ts';
import type { Because, Selection } from './selection.ts';

export interface Link {
  /** `name version architecture` */
  package: string;
  kind: Because['kind'];
  /** The clause, the name asked for, or the installed version. */
  text: string;
}

/** Returns the chain from the root to the package; empty where the selection lacks it. */
export function chainTo(key: string, selection: Selection): Link[] {
  const chain: Link[] = [];
  for (let next = selection.get(key); next !== undefined; ) {
    const { offer, because } = next;
    chain.unshift({ package: offerKey(offer), kind: because.kind, text: because.text });
    next = 'of' in because ? selection.get(offerKey(because.of)) : undefined;
  }
  return chain;
}

const rootTexts: Record<Exclude<Because['kind'], 'pre-depends' | 'depends' | 'recommends'>, string> = {
  installed: 'is installed',
  stage: 'may be installed by a stage before',
  essential: 'is essential',
  bare: 'is on a bare system',
  install: 'is asked for by install',
  also: 'is asked for by also',
  kept: 'is installed in this version',
};

/** One line: `a 1.0 is installed; depends on b (>= 2): b 2.1`. */
export function chainText(chain: readonly Link[]): string {
  return chain
    .map(({ package: name, kind, text }) =>
      kind === 'depends' || kind === 'pre-depends'
        ? `depends on ${text}: ${name}`
        : kind === 'recommends'
          ? `recommends ${text}: ${name}`
          : `${name} ${rootTexts[kind]}`,
    )
    .join('; ');
}
