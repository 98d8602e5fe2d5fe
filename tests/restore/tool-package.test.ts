/** When a medium's package of pommgr belongs to a restore: every state of host, lock and medium. */
import { expect, test } from 'vitest';
import type { MarkedPackage } from '../../src/apt/domain/host-lock.ts';
import { packageSet } from '../../src/apt/domain/package-set.ts';
import { withTool } from '../../src/restore/domain/tool-package.ts';

const nativeArchitecture = 'amd64';
const item = (version: string): MarkedPackage => ({
  ...{ name: 'pommgr', version, architecture: 'amd64', automatic: false, hold: false },
});
const set = (version: string | null) =>
  packageSet(version === null ? [] : [item(version)], nativeArchitecture);

test.each<{
  installed: string | null;
  locked: string | null;
  offered: string | null;
  goal: string | null;
  isTaken?: boolean;
  lacking?: boolean;
}>([
  { installed: null, locked: null, offered: '1.0', goal: '1.0', isTaken: true },
  { installed: null, locked: '1.0', offered: '1.0', goal: '1.0', isTaken: true },
  { installed: null, locked: '1.0', offered: '1.1', goal: '1.1', isTaken: true, lacking: true },
  { installed: null, locked: '1.0', offered: null, goal: null, lacking: true },
  { installed: null, locked: null, offered: null, goal: null },
  { installed: '1.0', locked: null, offered: '1.1', goal: '1.0' },
  { installed: '1.0', locked: '1.0', offered: '1.1', goal: '1.0' },
  { installed: '0.9', locked: '1.0', offered: '1.0', goal: '1.0', isTaken: true },
  { installed: '1.0~rc1', locked: '1.0', offered: '1.0', goal: '1.0', isTaken: true },
  { installed: '1.1', locked: '1.0', offered: '1.0', goal: '1.1', lacking: true },
  { installed: '1.0', locked: '1.2', offered: '0.9', goal: '1.0', lacking: true },
])(
  'installed $installed, locked $locked, offered $offered: $goal',
  ({ installed, locked, offered, goal, isTaken = false, lacking = false }) => {
    // As an interrupted restore leaves it: its journal wants a version that may not be there any more.
    const wanted = { goal: set(locked ?? '7.0'), unavailable: [] };
    const offer = offered === null ? undefined : { version: offered, architecture: 'amd64', file: '/f' };

    const result = withTool(wanted, {
      ...{ found: set(installed), locked: set(locked), offered: offer },
      ...{ nativeArchitecture, isInBaseline: false },
    });

    expect(result.goal.get('pommgr')?.version ?? null).toBe(goal);
    expect(result.tool?.version ?? null).toBe(isTaken ? offered : null);
    expect(result.unavailable.map(({ version }) => version)).toEqual(lacking ? [locked] : []);
  },
);
