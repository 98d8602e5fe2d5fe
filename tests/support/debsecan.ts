/**
 * debsecan as the judge of what affects a host, and the data for it: issues of real packages in the format that its
 * server has, about versions as they are, before and after them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { run } from '../../src/core/adapters/process.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { scratchDirectory } from './scratch.ts';

export interface StatusPackage {
  name: string;
  version: string;
  architecture: string;
  /** The field `Source`; absent where it is the package's own name. */
  source?: string | undefined;
}

/** Returns `ISSUE PACKAGE` for each that debsecan lists, sorted. */
export async function askDebsecan(
  data: Uint8Array,
  { release, packages }: { release: string; packages: readonly StatusPackage[] },
): Promise<string[]> {
  const directory = await scratchDirectory();
  await mkdir(join(directory, 'data'));
  await writeFile(join(directory, 'data', release), data);
  const status = packages.map(({ name, version, architecture, source }) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      `Architecture: ${architecture}`,
      ...(source === undefined ? [] : [`Source: ${source}`]),
      `Version: ${version}`,
      '',
      '',
    ].join('\n'),
  );
  await writeFile(join(directory, 'status'), status.join(''));
  const { stdout } = await run('debsecan', [
    ...['--suite', release, '--format', 'simple', '--status', join(directory, 'status')],
    ...['--source', `file://${join(directory, 'data')}/`, '--config', '/dev/null'],
  ]);
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))].toSorted();
}

/** Issues of about half of the sources; the same packages give the same data. */
export function debsecanData(packages: readonly StatusPackage[]): Buffer {
  const names: string[] = [];
  const issues: string[] = [];
  const sources = new Map<string, string[]>();
  for (const { name, version, source = name } of packages) {
    const [of = name, own] = source.split(/[ ()]+/);
    sources.set(of, [...(sources.get(of) ?? []), name]);
    const digest = Buffer.from(sha256Hex(`${name} ${version}`), 'hex');
    for (let number = 0; number < (digest[0] ?? 0) % 3; number++) {
      const pick = (at: number, from: readonly string[]): string =>
        from[(digest[at + number] ?? 0) % from.length] ?? '';
      const isBinary = pick(1, ['S', 'S', 'S', 'B']) === 'B';
      const known = isBinary ? version : (own ?? version);
      const unstable = pick(4, ['', known, `${known}+1`, `${known}~1`, '0~', '9:1', '1:0.5']);
      const others = pick(8, ['', '', known, `${known}.1 ${known}`, `${known}~rc1 0-1`]);
      const flags = pick(12, ['H', 'M', 'L', ' ']) + pick(16, ['R', '?', ' ']) + pick(20, ['F', ' ']);
      issues.push(
        `${isBinary ? name : of},${names.length},${isBinary ? 'B' : 'S'}${flags},${unstable},${others}`,
      );
      names.push(`CVE-2025-${10_000 + names.length},,${name}, has a fault`);
    }
  }
  const binaries = [...sources].map(([source, all]) => `${source},${[...new Set(all)].join(' ')}`);
  const parts = [names, issues, binaries].map((lines) => `${lines.join('\n')}\n\n`);
  return deflateSync(`VERSION 1\n${parts.join('')}`);
}
