import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { coSignSubscriptions } from '../../src/subscription/workflows/co-sign-subscriptions.ts';
import { renderStepFiles } from '../../src/subscription/workflows/render-step-files.ts';
import { verifySubscriptions } from '../../src/subscription/workflows/verify-subscriptions.ts';
import { subscriptionSetPlace } from '../../src/subscription/adapters/subscription-medium.ts';
import { writeSignedDirectory } from '../../src/trust/adapters/signed-directory-writer.ts';
import { addTrustedKey, readHostTrust, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createOperatorKey, packedSet } from '../support/subscription-medium.ts';
import { testInfo } from '../support/subscriptions.ts';

it('a threshold-2 site takes subscriptions that a second machine co-signed', async () => {
  const [first, second] = [await createOperatorKey(), await createOperatorKey()];
  const [media, root] = [await scratchDirectory(), await scratchDirectory()];
  const { set, files } = await packedSet([{ info: { ...testInfo } }]);
  const all = new Map(files);
  for (const [name, text] of await renderStepFiles(set)) all.set(name, Buffer.from(text));
  all.set('subscriptions.json', Buffer.from(canonicalJson(set)));
  await writeSignedDirectory(subscriptionSetPlace(media, '20261120T080000Z'), all, [first]);
  await addTrustedKey(trustedKeysDirectory(root), first.publicKey);
  const options = { media, keys: [second], root, dryRun: false, context: testContext() };

  expect(await coSignSubscriptions({ ...options, dryRun: true })).toEqual(['subscriptions/20261120T080000Z']);
  expect(await coSignSubscriptions(options)).toEqual(['subscriptions/20261120T080000Z']);
  expect(await coSignSubscriptions(options)).toEqual([]);

  await addTrustedKey(trustedKeysDirectory(root), second.publicKey);
  const trusted = { ...(await readHostTrust(root)), threshold: 2 };
  expect((await verifySubscriptions(media, trusted)).sets[0]?.signers).toHaveLength(2);
});

it('too many rotation statements are refused, whatever they say', async () => {
  const key = await createOperatorKey();
  const [media, root] = [await scratchDirectory(), await scratchDirectory()];
  const { set, files } = await packedSet([{ info: { ...testInfo } }]);
  const all = new Map([...files, ['subscriptions.json', Buffer.from(canonicalJson(set))] as const]);
  await writeSignedDirectory(subscriptionSetPlace(media, '20261120T080000Z'), all, [key]);
  await addTrustedKey(trustedKeysDirectory(root), (await createOperatorKey()).publicKey);
  await mkdir(join(media, 'rotations'));
  const write = async (number: number): Promise<void> => {
    const id = (value: number): string => value.toString(16).padStart(16, '0');
    await writeFile(join(media, 'rotations', `${id(number)}.json.${id(number + 1)}.sig`), '');
  };
  for (let number = 0; number < 1000; number += 1) await write(number);
  const trusted = await readHostTrust(root);
  await expect(verifySubscriptions(media, trusted)).rejects.toMatchObject({ code: 'trust.unknown-signer' });
  await write(1000);
  await expect(verifySubscriptions(media, trusted)).rejects.toMatchObject({
    code: 'trust.rotations',
    exitCode: 4,
    message: expect.stringContaining('expected at most 1000') as unknown,
  });
});
