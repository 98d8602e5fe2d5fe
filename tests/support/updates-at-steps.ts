/**
 * An `apt-get update` of somebody else at each operation of a command: the command stops there (SIGSTOP), the update runs
 * from beginning to end, and the command goes on. What apt has afterwards is what an undisturbed run leaves.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fastProgram } from './fast-program.ts';
import { choosePoints, sweepTime, type Subject } from './fault-sweep.ts';
import { clockEnvironment } from './clock.ts';
import { aptWithoutNetwork } from './offline.ts';
import { scratchDirectory } from './scratch.ts';

export interface UpdateFindings {
  updates: number;
  wrong: string[];
}

/** What apt on the root knows, and whether pommgr finds anything wrong there. */
type Look = (root: string) => Promise<string>;

/** `look` is compared with what it gives after an undisturbed run. */
export async function updateAtEachStep(subject: Subject, look: Look): Promise<UpdateFindings> {
  const found: UpdateFindings = { updates: 0, wrong: [] };
  const { chosen } = await choosePoints([subject], { every: 1, most: 4 });
  await subject.restore();
  await runStopped(subject, 1_000_000);
  const expected = await look(subject.root);
  for (const number of chosen) {
    await subject.restore();
    const { exitCode, stderr } = await runStopped(subject, number);
    found.updates += 1;
    const where = `an update at operation ${number} (${subject.operations?.[number - 1] ?? ''})`;
    if (exitCode !== 0) found.wrong.push(`${where}: exit code ${exitCode}: ${stderr}`);
    const seen = await look(subject.root);
    if (seen !== expected) found.wrong.push(`${where}: apt has ${seen}, expected ${expected}`);
  }
  return found;
}

async function runStopped(
  { command, root }: Subject,
  number: number,
): Promise<{ exitCode: number | null; stderr: string }> {
  const child = spawn(process.execPath, [await fastProgram(), ...command, '--root', root, '--quiet'], {
    env: {
      ...process.env,
      ...clockEnvironment(sweepTime),
      NODE_ENV: 'production',
      SOURCE_DATE_EPOCH: String(Date.parse(sweepTime) / 1000),
      TMPDIR: await scratchDirectory(),
      POMMGR_FAULT_AT: `${number}:SIGSTOP`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, 'close');
  if (await stops(child)) {
    await aptWithoutNetwork(root, ['apt-get', 'update', '-o', 'DPkg::Lock::Timeout=0'], [0, 100]);
    child.kill('SIGCONT');
  }
  await closed;
  return { exitCode: child.exitCode, stderr };
}

/** Whether it stops before it ends. */
async function stops(child: ReturnType<typeof spawn>): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '');
    if (/\) T /.test(status)) return true;
    await pause(20);
  }
  return false;
}
