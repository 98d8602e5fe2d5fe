/** Checks the index files of a snapshot that POM made against the Release in it. */
import { join } from 'node:path';
import { type HasherPool } from '../../core/adapters/hashing.ts';
import { hashFile } from '../../core/adapters/file-hashing.ts';
import { scanIndex } from '../../mirror/adapters/index-files.ts';
import { listIndexFiles } from '../../mirror/adapters/snapshot-files.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { sha256Hex, type FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { IndexForm, PlannedIndex } from '../../upstream/domain/index-plan.ts';
import type { PackageSelection } from '../../upstream/domain/package-selection.ts';
import { suiteDirectory } from '../../config/domain/suite-layout.ts';
import { listIndex } from '../../mirror/workflows/fetch-indices.ts';
import { checkFact } from './read-back-facts.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';
import type { IndexFound } from '../../mirror/workflows/indexed-mirror.ts';

export interface ReadIndices {
  indices: IndexFound[];
  /** What hosts need: the signed Release, and the indices in every form that is there; sorted. */
  files: FileFact[];
  /** Planned indices that are there in no form, sorted by path. */
  missing: PlannedIndex[];
}

/**
 * Checks every file under `dists/`, and adds the packages of the planned indices to the selection.
 * @throws PommgrError `integrity.*` for a file that is other than Release says, or that Release does not list.
 */
export async function readBackIndices(
  of: { verified: VerifiedRelease; planned: readonly PlannedIndex[]; selection: PackageSelection },
  directory: string,
  { hashers }: { hashers: HasherPool },
): Promise<ReadIndices> {
  const { verified, planned, selection } = of;
  const suite = suiteDirectory(verified.mirror.suite);
  const facts = await checkFiles(verified, { directory, suite, hashers });
  const read: ReadIndices = {
    indices: [],
    files: verified.releaseFiles.map(({ path, data }) => ({
      path,
      sizeBytes: data.length,
      sha256: sha256Hex(data),
    })),
    missing: [],
  };
  for (const index of planned) {
    const forms = formsOf(index, facts);
    const [best] = forms;
    if (best === undefined) {
      read.missing.push(index);
      continue;
    }
    const file = { path: join(directory, suite, best.path), compression: best.compression };
    const where = `${directory} (mirror ${verified.mirror.id})`;
    const plain = await listIndex(index, { mirror: verified.mirror.id, selection }, (onChunk) =>
      scanIndex(index, { file, hashers, where }, onChunk),
    );
    read.indices.push({ planned: index, plain, form: best });
    read.files.push(
      ...forms.map(({ path, sizeBytes, sha256 }) => ({ path: `${suite}${path}`, sizeBytes, sha256 })),
    );
  }
  read.files.sort((a, b) => compareText(a.path, b.path));
  return read;
}

/** By path relative to the suite, without the Release itself. */
async function checkFiles(
  { release, mirror }: VerifiedRelease,
  at: { directory: string; suite: string; hashers: HasherPool },
): Promise<Map<string, FileFact>> {
  const facts = new Map<string, FileFact>();
  const signed = ['InRelease', 'Release', 'Release.gpg'].map((name) => `${at.suite}${name}`);
  for (const path of await listIndexFiles(at.directory)) {
    if (signed.includes(path)) continue;
    const name = path.startsWith(at.suite) ? path.slice(at.suite.length) : undefined;
    const expected = name === undefined ? undefined : release.files.get(name);
    const full = join(at.directory, path);
    if (name === undefined || expected === undefined) {
      throw new PommgrError(
        'integrity.extra',
        `${full} is not listed in the Release file of mirror ${mirror.id}.`,
        {
          hints: ['Look who put it there, and remove it.'],
          details: { file: full },
        },
      );
    }
    checkFact(full, expected, await hashFile(full, at.hashers));
    facts.set(name, { path: name, sizeBytes: expected.sizeBytes, sha256: expected.sha256 });
  }
  return facts;
}

/** The forms of an index that are there; what is read fastest comes first. */
function formsOf(index: PlannedIndex, facts: ReadonlyMap<string, FileFact>): IndexForm[] {
  const plain: IndexForm = { ...index.plain, compression: 'plain' };
  const forms = [plain, ...index.forms.filter(({ compression }) => compression !== 'plain')];
  return forms.filter(({ path }) => facts.has(path));
}
