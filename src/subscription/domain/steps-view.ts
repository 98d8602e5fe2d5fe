/** Defines the input of the templates for activation steps. Invariant: no subscription key, no whole server ID. */
import { quoteForShell } from './steps-document.ts';
import { maskServerId } from '../../apt/domain/server-ids.ts';
import { productTools, subscriptionFiles, type ProductTool } from './product-tool.ts';
import type { SubscriptionPlan } from '../../config/domain/subscription-key.ts';
import {
  subscriptionSetName,
  type PackedHost,
  type PackedInfo,
  type SubscriptionSet,
} from './subscription-set.ts';

const productNames = { pbs: 'Proxmox Backup Server', pmg: 'Proxmox Mail Gateway', pve: 'Proxmox VE' };

export interface StepsView {
  /** Date like `2027-01-31`. */
  created: string;
  nextVisit: string | null;
  /** Path of the medium, quoted for a shell. */
  media: string;
  hosts: HostView[];
}

export interface HostView {
  name: string;
  /** Directory of its infos, quoted for a shell. */
  directory: string;
  productName: string;
  product: string;
  package: string;
  minimumVersion: string;
  stateFile: string;
  /** What the product writes, and where a copy of each is kept. */
  files: { path: string; copy: string }[];
  /** Command that tells the state. */
  get: string;
  /** Lines of the command that sets the key. */
  set: string[];
  /** Masked: the one that the key names first, then the host's others. */
  serverIds: string[];
  owner: PackedHost['owner'];
  contract: string | null;
  renewal: string | null;
  /** Null for a host without a usable key. */
  info: InfoView | null;
}

export interface InfoView {
  maskedKey: string;
  plan: SubscriptionPlan | null;
  sockets: number | null;
  nextDueDate: string | null;
  /** Date like `2027-01-31`. */
  validUntil: string;
  isEncrypted: boolean;
  /** Whether it runs out before the next visit. */
  isShort: boolean;
}

/** A host, and when its set was made; null for one that is not on a medium yet. */
export interface StepsHost {
  host: PackedHost;
  created: string | null;
}

export interface StepsViewOptions extends Pick<SubscriptionSet, 'created' | 'nextVisit'> {
  /** Where the commands find the medium. */
  media: string;
}

export function stepsView(
  hosts: readonly StepsHost[],
  { created, nextVisit, media: path }: StepsViewOptions,
): StepsView {
  const media = quoteForShell(path.replace(/(?<=.)\/+$/, ''));
  return {
    created: created.slice(0, 10),
    nextVisit,
    media,
    hosts: hosts.map((one) => ({
      directory: `${media}/subscriptions/${one.created === null ? '*' : subscriptionSetName(one.created)}`,
      ...hostView(one.host, nextVisit),
    })),
  };
}

function hostView(host: PackedHost, nextVisit: string | null): Omit<HostView, 'directory'> {
  const { name, product, owner, contract, renewal, serverIds } = host;
  const tool = productTools[product];
  const { package: packageName, minimumVersion, stateFile } = tool;
  const [info] = host.infos;
  return {
    ...{ name, product, owner, minimumVersion, stateFile },
    files: subscriptionFiles(tool).map((path) => ({ path, copy: copyOf(path, product) })),
    productName: productNames[product],
    package: packageName,
    get: [tool.program, ...tool.get.filter((word) => word !== '--output-format' && word !== 'json')].join(
      ' ',
    ),
    set: info === undefined ? [] : setCommand(tool, info),
    serverIds: shownServerIds(info?.serverId, serverIds),
    contract: contract ?? null,
    renewal: renewal ?? null,
    info: info === undefined ? null : infoView(info, nextVisit),
  };
}

/** `/etc/subscription` is kept as `~/pve-subscription.before`; a host may have two products. */
function copyOf(path: string, product: string): string {
  return `~/${product}-${path.slice(path.lastIndexOf('/') + 1)}.before`;
}

function shownServerIds(named: string | undefined, all: readonly string[]): string[] {
  const ids = [...(named === undefined ? [] : [named]), ...all].map((id) => id.toUpperCase());
  return [...new Set(ids)].map(maskServerId);
}

/**
 * The command reads the blob from the file, so that it is never shown. It is split in two lines where it is wider than
 * a page.
 */
function setCommand({ program, setOfflineKey }: ProductTool, { file }: PackedInfo): string[] {
  const [command, blob] = [[program, ...setOfflineKey].join(' '), `"$(base64 -w0 < ${file})"`];
  return command.length + blob.length < 70 ? [`${command} ${blob}`] : [`${command} \\`, `  ${blob}`];
}

function infoView(info: PackedInfo, nextVisit: string | null): InfoView {
  const { maskedKey, plan, sockets, nextDueDate, encryption } = info;
  const validUntil = info.validUntil.slice(0, 10);
  return {
    ...{ maskedKey, plan, sockets, nextDueDate, validUntil },
    isEncrypted: encryption === 'age',
    isShort: nextVisit !== null && validUntil < nextVisit,
  };
}
