import { expect, test } from 'vitest';
import type { MirrorContent } from '../../src/mirror/domain/mirror-content.ts';
import type { Candidate } from '../../src/mirror/domain/candidates.ts';
import { pinnedCandidates, withPins } from '../../src/host/domain/pins.ts';
import type { PinScope } from '../../src/store/domain/store-state.ts';

const candidates: Candidate[] = [
  { name: 'data', architecture: 'amd64', version: '1', mirror: 'debian' },
  { name: 'lib', architecture: 'amd64', version: '2', mirror: 'debian' },
  { name: 'lib', architecture: 'i386', version: '2', mirror: 'debian' },
  { name: 'tool', architecture: 'amd64', version: '3', mirror: 'pve9' },
];
const mirrors = [
  { id: 'debian', release: { origin: 'Debian' } },
  { id: 'pve9', release: { origin: 'Proxmox' } },
] as MirrorContent[];
const installed = [
  { name: 'data', version: '1', architecture: 'all', status: 'installed' },
  { name: 'lib', version: '1', architecture: 'i386', status: 'installed' },
  { name: 'tool', version: '1', architecture: 'amd64', status: 'config-files' },
];

test.each([
  ['all', ['data:amd64', 'lib:amd64', 'lib:i386', 'tool:amd64']],
  ['proxmox', ['tool:amd64']],
  ['installed', ['data:amd64', 'lib:i386']],
] as [PinScope, string[]][])('the scope %s', (scope, expected) => {
  const pinned = pinnedCandidates(candidates, scope, { mirrors, installed, nativeArchitecture: 'amd64' });
  expect(pinned.map(({ name, architecture }) => `${name}:${architecture}`)).toEqual(expected);
});

test('a pin takes the place of the candidate of its name and architecture', () => {
  const pin: Candidate = { name: 'lib', architecture: 'i386', version: '1.5', mirror: 'old' };
  expect(withPins(candidates, [pin])).toEqual([candidates[0], candidates[1], pin, candidates[3]]);
});
