/** A copy of a database that another process writes to all the time, as pmxcfs does, by each SQLite that a host may have. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyClusterDatabase } from '../../src/restore/adapters/cluster-database.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

const usualPath = process.env['PATH'];
let writer: ChildProcess;
let path: string;
let directory: string;

/** Each transaction gives every row the same number, over many pages, and the log is checkpointed in between. */
const program = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA wal_autocheckpoint=20")
db.execute("CREATE TABLE tree (inode INTEGER PRIMARY KEY, version INTEGER, data BLOB)")
db.executemany("INSERT INTO tree VALUES (?, 0, zeroblob(3000))", [(n,) for n in range(60)])
print("ready", flush=True)
n = 0
while True:
    n += 1
    db.execute("BEGIN IMMEDIATE")
    for inode in range(60):
        db.execute("UPDATE tree SET version = ?, data = randomblob(3000) WHERE inode = ?", (n, inode))
    db.execute("COMMIT")
`;

beforeAll(async () => {
  directory = await scratchDirectory();
  path = join(directory, 'config.db');
  writer = spawn('python3', ['-c', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    writer.stdout?.once('data', resolve);
    writer.once('exit', reject);
  });
});

afterAll(() => {
  process.env['PATH'] = usualPath;
  writer.kill('SIGKILL');
});

/** A PATH with these programs of the real one, and no other. */
async function pathWith(...names: string[]): Promise<string> {
  const bin = join(await scratchDirectory(), 'bin');
  await mkdir(bin);
  process.env['PATH'] = usualPath;
  for (const name of names) {
    const { stdout } = await run('python3', ['-c', 'import sys; print(sys.executable)']);
    const real = name === 'python3' ? stdout.trim() : (await run('which', [name])).stdout.trim();
    await symlink(real, join(bin, name));
  }
  return bin;
}

async function versionsOf(copy: Buffer): Promise<string> {
  const file = join(directory, 'copy.db');
  await writeFile(file, copy);
  const { stdout } = await run('/usr/bin/sqlite3', [
    file,
    'SELECT count(DISTINCT version), count(*) FROM tree',
  ]);
  return stdout.trim();
}

test.each([['sqlite3'], ['python3']])('is one state of the database, by %s', async (name) => {
  process.env['PATH'] = await pathWith(name);
  for (let round = 0; round < 3; round += 1) {
    const copy = await copyClusterDatabase(path);
    expect(await versionsOf(copy)).toBe('1|60');
  }
  expect((await readdir(tmpdir())).filter((entry) => entry.startsWith('pommgr-database-'))).toEqual([]);
});

test('by the SQLite of Node.js where it has one, else it says what is missing', async () => {
  process.env['PATH'] = await pathWith();
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) {
    expect(await versionsOf(await copyClusterDatabase(path))).toBe('1|60');
  } else {
    await expect(copyClusterDatabase(path)).rejects.toMatchObject({
      code: 'tool.sqlite',
      message: expect.stringContaining('there is no SQLite on this machine') as string,
      hints: [expect.stringContaining('sqlite3'), expect.anything()],
    });
  }
});

test('refuses what is no database, or is damaged', async () => {
  process.env['PATH'] = usualPath;
  const other = join(directory, 'other.db');
  await writeFile(other, 'x'.repeat(8192));
  await expect(copyClusterDatabase(other)).rejects.toMatchObject({ code: 'tool.sqlite' });
  await writeFile(other, (await copyClusterDatabase(path)).fill(0xff, 9000, 60_000));
  await expect(copyClusterDatabase(other)).rejects.toMatchObject({ code: 'tool.sqlite' });
  expect((await readFile(other)).length).toBeGreaterThan(100_000);
});
