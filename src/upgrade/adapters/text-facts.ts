/** Asks a host everything that checks/texts.ts lists. */
import type { Product } from '../../apt/domain/target.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import type { Fact } from '../../core/domain/fact.ts';
import type { UpgradeFacts } from '../domain/checks/facts.ts';
import { textSources, type TextName, type TextSource } from '../domain/checks/texts.ts';
import { askFile, askHost, type Asking } from './ask-root.ts';

/** Each program loads much, so that few run at a time. */
const atATime = 3;

export async function readTexts(
  products: readonly Product[],
  asking: Asking,
): Promise<UpgradeFacts['texts']> {
  const names = Object.keys(textSources) as TextName[];
  const hasClusterFiles = await isMounted(asking);
  const found = new Map<TextName, Fact<string | null>>();
  const rest = [...names];
  const work = async (): Promise<void> => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      found.set(name, await askText(textSources[name], { products, hasClusterFiles }, asking));
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return Object.fromEntries(found) as UpgradeFacts['texts'];
}

async function askText(
  source: TextSource,
  { products, hasClusterFiles }: { products: readonly Product[]; hasClusterFiles: boolean },
  asking: Asking,
): Promise<Fact<string | null>> {
  const name = 'file' in source ? source.file : source.program;
  if (source.products?.every((product) => !products.includes(product)) === true)
    return { isKnown: false, source: name, why: 'the host does not have the product' };
  if ('program' in source) {
    const { program, args, accept, minutes } = source;
    return askHost(
      {
        ...{ program, args },
        ...(accept === undefined ? {} : { accept }),
        ...(minutes === undefined ? {} : { seconds: minutes * 60 }),
      },
      asking,
    );
  }
  if (source.kind === 'cluster' && !hasClusterFiles)
    return { isKnown: false, source: name, why: 'pmxcfs is not mounted at /etc/pve' };
  const fact = await askFile(source.file, asking);
  if (source.kind === 'kernel' && fact.isKnown && fact.value === null)
    return { isKnown: false, source: name, why: 'it does not exist: /proc is not mounted in this root' };
  return fact;
}

/**
 * pmxcfs provides `.members` itself, exactly while it is mounted. It runs on no other root than the machine's own: the
 * files that another root has there count, and an empty directory says nothing.
 */
export async function isMounted(asking: Asking): Promise<boolean> {
  const { kind, root } = asking.aptRoot;
  if (kind !== 'host') return (await listDirectory(await pathInRoot(root, '/etc/pve'))).length > 0;
  const members = await askFile('/etc/pve/.members', asking);
  return members.isKnown && members.value !== null;
}
