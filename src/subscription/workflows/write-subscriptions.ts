/**
 * SubscriptionPlan -> a signed directory on the medium. An existing set with the same content is left alone; older sets
 * of ours whose hosts it covers are removed once it is complete.
 */
import { kindAt } from '../../core/adapters/files-at.ts';
import { removeAt } from '../../core/adapters/writes-at.ts';
import { pathOf, type Place } from '../../core/domain/place.ts';
import { subscriptionSetPlace } from '../adapters/subscription-medium.ts';
import { encryptToRecipients } from '../../trust/adapters/age-encryption.ts';
import { withSpace } from '../../core/adapters/free-space.ts';
import type { SpaceNeed } from '../../core/domain/error-place.ts';
import { writeSignedDirectory } from '../../trust/adapters/signed-directory-writer.ts';
import { removeUnfinishedSubscriptions } from '../adapters/subscription-medium-writer.ts';
import type { SigningKey } from '../../trust/adapters/signing.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { packedHosts, type SubscriptionPack } from '../domain/subscription-pack.ts';
import type { PlannedHost, PlannedInfo, SubscriptionPlan } from '../domain/subscription-plan.ts';
import {
  subscriptionSetFileName,
  subscriptionSetName,
  type PackedHost,
  type PackedInfo,
  type SubscriptionSet,
} from '../domain/subscription-set.ts';
import { formatTime } from '../../core/domain/time.ts';
import { findOwnSubscriptions, isPackedSubscriptions, isSuperseded } from './existing-subscriptions.ts';
import { renderStepFiles } from './render-step-files.ts';

export interface SubscriptionWork {
  media: string;
  keys: readonly SigningKey[];
  dryRun?: boolean | undefined;
  context: Context;
}

/**
 * The caller holds the medium's lock. Returns null without a plan.
 * @throws PommgrError `state.space`; `refused.exists` for an older set of ours that was damaged.
 */
export async function writeSubscriptions(
  plan: SubscriptionPlan | null,
  work: SubscriptionWork,
): Promise<SubscriptionPack | null> {
  if (plan === null) return null;
  const { media, keys, context } = work;
  const report = { hosts: packedHosts(plan.hosts), nextVisit: plan.nextVisit };
  if (plan.hosts.every(({ infos }) => infos.length === 0)) {
    return { outcome: 'none', directory: null, ...report, removed: [] };
  }
  const own = await findOwnSubscriptions(media, keys);
  for (const found of own) {
    if (!(await isPackedSubscriptions(found, plan, keys))) continue;
    return { outcome: 'unchanged', directory: pathOf(found.signed.directory), ...report, removed: [] };
  }
  const created = formatTime(context.timestamp());
  const name = subscriptionSetName(created);
  const place = subscriptionSetPlace(media, name);
  const directory = pathOf(place.directory);
  if (own.every((found) => found.name !== name)) await refuseOther(place.directory);
  if (work.dryRun === true) return { outcome: 'planned', directory, ...report, removed: [] };
  const { set, files } = await createSet(plan, created);
  await withSpace(media, spaceNeed(files), async () => {
    await removeUnfinishedSubscriptions(media);
    await writeSignedDirectory(place, files, keys);
  });
  const superseded = own
    .filter((found) => found.name !== name && isSuperseded(found.set, set))
    .map(({ signed }) => signed.directory);
  for (const older of superseded) await removeAt(older);
  return { outcome: 'packed', directory, ...report, removed: superseded.map(pathOf) };
}

async function createSet(
  plan: SubscriptionPlan,
  created: string,
): Promise<{ set: SubscriptionSet; files: Map<string, Buffer> }> {
  const files = new Map<string, Buffer>();
  const hosts: PackedHost[] = [];
  for (const { recipients, infos, ...host } of plan.hosts) {
    const packed: PackedInfo[] = [];
    for (const info of infos) packed.push(await addInfo(info, { recipients, files }));
    hosts.push({ ...host, infos: packed });
  }
  const { nextVisit } = plan;
  const set: SubscriptionSet = { schema: 'pommgr/subscriptions/v1', created, nextVisit, hosts };
  for (const [name, text] of await renderStepFiles(set)) files.set(name, text);
  files.set(subscriptionSetFileName, Buffer.from(canonicalJson(set)));
  return { set, files };
}

async function addInfo(
  { text, about }: PlannedInfo,
  { recipients, files }: Pick<PlannedHost, 'recipients'> & { files: Map<string, Buffer> },
): Promise<PackedInfo> {
  const isEncrypted = recipients.length > 0;
  const clear = Buffer.from(text);
  const data = isEncrypted ? await encryptToRecipients(clear, recipients) : clear;
  const file = `infos/${String(files.size + 1).padStart(4, '0')}.${isEncrypted ? 'age' : 'json'}`;
  files.set(file, data);
  return {
    file,
    sizeBytes: data.length,
    sha256: sha256Hex(data),
    encryption: isEncrypted ? 'age' : 'none',
    recipients,
    ...about,
  };
}

function spaceNeed(files: ReadonlyMap<string, Buffer>): SpaceNeed {
  const sizeBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  const all = files.size + ownFiles;
  return { sizeBytes: sizeBytes + blockBytes * all, files: all, what: 'the subscriptions' };
}

/** The largest block of a file system that is usual; each file takes at least one. */
const blockBytes = 128 * 1024;
/** Directories, the manifest and its signatures. */
const ownFiles = 8;

async function refuseOther(place: Place): Promise<void> {
  if ((await kindAt(place)) === undefined) return;
  const directory = pathOf(place);
  throw new PommgrError('refused.exists', `There are subscriptions of another signer in ${directory}.`, {
    hints: ['Run the same command again in a second: the directory is named by the time.'],
    details: { directory },
  });
}
