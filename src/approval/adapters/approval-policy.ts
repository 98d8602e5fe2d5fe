/** Reads what a host requires before it applies a bundle: how many approvals, and by whose keys. */
import { readHostConfig } from '../../config/adapters/host-config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { approversDirectory, requireSeparate } from '../../trust/adapters/approver-keys.ts';
import { readHostTrust, readKeyDirectory, type KeyDirectory } from '../../trust/adapters/trusted-keys.ts';

/** The approvers' keys, each once. */
export interface ApprovalPolicy extends Pick<KeyDirectory, 'directory' | 'keys'> {
  /** How many different approvers must have approved; null where the host requires none. */
  threshold: number | null;
}

/**
 * @throws PommgrError `trust.approver` for a key that the host trusts as a signer's, too; `trust.no-approvers` where
 *   approvals are required and fewer keys are there; `config.*`, `trust.key-directory`.
 */
export async function readApprovalPolicy(root: string): Promise<ApprovalPolicy> {
  const { approval } = await readHostConfig(root);
  const { directory, keys: all } = await readKeyDirectory(await approversDirectory(root));
  const keys = [...new Map(all.map((key) => [key.fingerprint, key])).values()];
  const threshold = approval?.threshold ?? null;
  if (keys.length > 0) requireSeparate(await readHostTrust(root), keys);
  if (threshold === null || keys.length >= threshold) return { threshold, directory, keys };
  throw new PommgrError(
    'trust.no-approvers',
    `This host requires approvals by ${threshold} keys, and has ${keys.length} in ${directory}.`,
    {
      hints: [
        `Bring an approver's public key by a way of its own, and run "pommgr signing-key trust --approver FILE".`,
      ],
      details: { directory, expected: threshold, found: keys.length },
    },
  );
}
