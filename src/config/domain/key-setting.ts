/**
 * Defines where a private key is: in a file, or with a program that signs for it (an agent, a hardware token).
 */
import { z } from 'zod';
import { textSchema } from './mirror-settings.ts';

export const keyCommandSchema = z.strictObject({
  command: z
    .array(textSchema)
    .min(1)
    .describe(
      'Program and arguments. It gets the message on standard input and writes the raw Ed25519 signature, 64 bytes, to standard output.',
    ),
  publicKey: textSchema.describe('File with the public key, in PEM: each signature is checked with it.'),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(600)
    .default(60)
    .describe('Seconds that the program may take for one signature.'),
});
export type KeyCommand = z.infer<typeof keyCommandSchema>;

/** A path, or a program that signs. */
export const keySettingSchema = z.union([textSchema, keyCommandSchema], {
  error: 'expected the path of a private key, or "command" and "publicKey"',
});
export type KeySetting = z.infer<typeof keySettingSchema>;

/** Makes the paths of a setting absolute; a program without a slash is looked for in $PATH. */
export function completeKeySetting(setting: KeySetting, absolute: (path: string) => string): KeySetting {
  return typeof setting === 'string' ? absolute(setting) : completeKeyCommand(setting, absolute);
}

export function completeKeyCommand(
  { command: [program = '', ...args], publicKey, timeoutSeconds }: KeyCommand,
  absolute: (path: string) => string,
): KeyCommand {
  const command = [program.includes('/') ? absolute(program) : program, ...args];
  return { command, publicKey: absolute(publicKey), timeoutSeconds };
}

/** Returns the file beside which what belongs to the key lies: rotation statements. */
export function keyPlaceOf(setting: KeySetting): string {
  return typeof setting === 'string' ? setting : setting.publicKey;
}
