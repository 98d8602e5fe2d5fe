/** Simplifies paths of package files as an index names them. */
import { isSafeRelativePath } from '../../core/domain/digest.ts';

/**
 * Returns the path below the repository's base in its simplest form: `./`, a leading slash and doubled slashes have no
 * meaning there. Returns undefined for a path with `..`, because it could leave the mirror.
 */
export function repositoryPath(text: string): string | undefined {
  const path = text
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  // U+FFFD stands for bytes that are not UTF-8: no other program would find that file by this name.
  return isSafeRelativePath(path) && !path.includes('\uFFFD') ? path : undefined;
}
