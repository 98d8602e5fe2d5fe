/**
 * Signs by a program of the user's: an agent, a hardware token. Invariant: a signature is returned only if it is good by
 * the public key beside the command, and one message is signed once.
 */
import { streamOutput } from '../../core/adapters/process.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { KeyCommand } from '../../config/domain/key-setting.ts';
import type { SigningPublicKey } from '../domain/signing-key.ts';
import { signatureBytes } from './rotation-voucher.ts';
import { isSignatureGood } from './signature-check.ts';

/** Returns the function that signs. @throws PommgrError `tool.missing`, `tool.signature` when it is called. */
export function commandSigner(
  { command, timeoutSeconds }: KeyCommand,
  publicKey: SigningPublicKey,
): (data: Uint8Array) => Promise<Buffer> {
  // A token may want a hand for each signature.
  const made = new Map<string, Buffer>();
  return async (data) => {
    const digest = sha256Hex(data);
    const known = made.get(digest);
    if (known !== undefined) return known;
    const signature = await outputOf(command, { data, timeoutSeconds });
    checkSignature(signature, { data, publicKey, command });
    made.set(digest, signature);
    return signature;
  };
}

async function outputOf(
  [program = '', ...args]: readonly string[],
  { data, timeoutSeconds }: { data: Uint8Array; timeoutSeconds: number },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const output = streamOutput(program, args, {
    ...{ input: data, timeoutMs: timeoutSeconds * 1000, code: 'tool.signature' },
    hints: [
      'It must read the message on standard input and write the raw Ed25519 signature, 64 bytes, to standard output.',
    ],
  });
  for await (const chunk of output) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > signatureBytes) break;
  }
  return Buffer.concat(chunks);
}

function checkSignature(
  signature: Buffer,
  { data, publicKey, command }: { data: Uint8Array; publicKey: SigningPublicKey; command: readonly string[] },
): void {
  if (isSignatureGood(publicKey, data, signature)) return;
  const found =
    signature.length === signatureBytes
      ? `a signature that the key ${publicKey.keyId} did not make over this message`
      : `${signature.length > signatureBytes ? 'more' : signature.length} bytes`;
  throw new PommgrError(
    'tool.signature',
    `${command[0]} wrote ${found}: expected the raw Ed25519 signature by ${publicKey.keyId}, ${signatureBytes} bytes.`,
    {
      hints: [
        'Check that "publicKey" is that of the key the program signs with, and that it signs the message itself.',
      ],
      details: { program: command[0], signer: publicKey.fingerprint, sizeBytes: signature.length },
    },
  );
}
