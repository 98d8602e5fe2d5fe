/**
 * Decides which paths a store offers to other hosts: files of its baselines, their index, and the launcher and runtime
 * that it keeps. Invariant: no part of a path that could lead elsewhere is accepted, however it is written.
 */
import { closureListFileName } from '../../closure/domain/closure-list.ts';
import { baselineNameSchema, mirrorIdSchema } from '../../core/domain/names.ts';
import { bundleFileName, rootFileName } from '../../core/domain/sha256sums.ts';
import {
  launcherName,
  mediumTextName,
  runtimeDirectoryName,
  toolDirectoryName,
} from '../../medium/domain/medium-layout.ts';
import { isRuntimeFileName, isRuntimeVersion, verifyScriptName } from '../../medium/domain/medium-tool.ts';
import { purposeFileName } from '../../core/domain/purpose.ts';
import { keptMediumDirectoryName, runtimeVersionsFileName } from './kept-tool.ts';
import { approvalDirectoryName, isApprovalPath } from './stored-approval.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';

/** Directory of a store with everything that it offers, and its index. */
export const offeredDirectoryName = 'baselines';
export const indexFileName = 'index.json';

const documentNames = [rootFileName, bundleFileName, 'baseline.json', 'packages.jsonl', closureListFileName];
const longestTarget = 4096;

/**
 * Returns the decoded parts of the file's path in the store for a request target as sent; undefined for anything that
 * is not offered. The file need not exist.
 */
export function offeredPath(target: string): string[] | undefined {
  if (target.length > longestTarget || !/^\/[!-~]+$/.test(target) || /[\\?#]|\/\.?$/.test(target))
    return undefined;
  const parts: string[] = [];
  for (const sent of target.slice(1).split('/')) {
    // apt requests a package by upstream's own Filename, which may begin with "./" or contain an extra slash.
    if (parts.length >= 3 && (sent === '' || sent === '.')) continue;
    const part = decodePart(sent);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  if (isOfBaselines(parts)) return parts;
  return isOfTool(parts) ? [keptMediumDirectoryName, ...parts] : undefined;
}

/** Returns undefined for a part that is empty, hidden, `..`, or that hides a slash or a control character. */
function decodePart(sent: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(sent)) return undefined;
  let part: string;
  try {
    part = decodeURIComponent(sent);
  } catch {
    // The part is not UTF-8.
    return undefined;
  }
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return part === '' || part.startsWith('.') || /[/\\\u0000-\u001f\u007f]/.test(part) ? undefined : part;
}

function isOfBaselines([top, name = '', place = '', ...rest]: readonly string[]): boolean {
  if (top !== offeredDirectoryName) return false;
  if (name === indexFileName) return place === '';
  if (!baselineNameSchema.safeParse(name).success) return false;
  if (place === approvalDirectoryName) return isApprovalPath(rest);
  if (rest.length === 0) return documentNames.includes(place) || isRootSignatureName(place);
  // Package files are wherever upstream's Filename says; keyrings are in a directory that is named like a mirror's.
  return mirrorIdSchema.safeParse(place).success;
}

/** The layout is that of a medium, except for the list of versions: a launcher cannot list a directory over HTTP. */
function isOfTool(parts: readonly string[]): boolean {
  const [top = '', name = '', ...rest] = parts;
  const path = parts.join('/');
  if ([launcherName, mediumTextName, runtimeVersionsFileName, verifyScriptName].includes(path)) return true;
  if (top === toolDirectoryName) return rest.length === 0 && isOfSignedList(name);
  if (top !== runtimeDirectoryName || !isRuntimeVersion(name)) return false;
  return isOfSignedList(rest.join('/')) || isRuntimeFileName(rest.join('/'));
}

function isOfSignedList(name: string): boolean {
  return name === rootFileName || name === purposeFileName || isRootSignatureName(name);
}
