import { expect, test } from 'vitest';
import { computedServerIds, hostServerIds, serverIdsIn } from '../../src/apt/domain/server-ids.ts';

const id = '0123456789ABCDEF0123456789ABCDEF';
const other = 'F'.repeat(32);

test.each([
  ['lines', `checktime: 1\nkey: pve1c-0123456789\nserverid: ${id}\nstatus: active\n`],
  ['JSON', `{"key":"pbsc-0123456789","serverid":"${id.toLowerCase()}","status":"active"}`],
  ['a table', `│ key      │ pbsc-0123456789 │\n│ serverid │ ${id} │\n`],
])('finds the server ID in %s', (_, text) => {
  expect(serverIdsIn(text)).toEqual([id]);
});

test('finds each once, sorted', () => {
  expect(serverIdsIn(`serverid: ${other}\nserver-id: ${id}\nserverid: ${other}\n`)).toEqual([id, other]);
});

test.each([`key: ${id}\n`, 'serverid: unknown\n', `serverid:\n${id}\n`, `serverid: ${id}0\n`])(
  'finds none in %j',
  (text) => {
    expect(serverIdsIn(text)).toEqual([]);
  },
);

test('the two IDs of a host are computed as the products compute them', () => {
  const sshPublicKey = Buffer.from('ssh-rsa AAAA root@host\n');
  const ssh = 'DECF4B1D04E8D9A743133F6A0EA0FC8F';
  // The product's own binary gave this one.
  const machine = 'A8BBF68DC3164501929966F92FF1C65B';
  const machineId = '0123456789abcdef0123456789abcdef\n';
  expect(computedServerIds({ sshPublicKey, machineId })).toEqual([ssh, machine]);
  expect(computedServerIds({ sshPublicKey: null, machineId })).toEqual([machine]);
  expect(computedServerIds({ sshPublicKey, machineId: null })).toEqual([ssh]);
  for (const unfilled of ['', 'uninitialized\n', '0123\n']) {
    expect(computedServerIds({ sshPublicKey: null, machineId: unfilled })).toEqual([]);
  }
});

test.each([
  ['one of the two is named first', [other], false, [other, id], []],
  ['none is', [], false, [id, other], []],
  ["another machine's is left out", ['A'.repeat(32)], false, [id, other], ['A'.repeat(32)]],
  [
    'a product that calls it active is right',
    ['A'.repeat(32)],
    true,
    ['A'.repeat(32), id, other],
    ['A'.repeat(32)],
  ],
])('of the printed IDs, %s', (_, printed, isActive, ids, foreign) => {
  expect(hostServerIds([id, other], { ids: printed, isActive })).toEqual({ ids, foreign });
});

test('a printed ID counts where nothing can be computed', () => {
  expect(hostServerIds([], { ids: [id], isActive: false })).toEqual({ ids: [id], foreign: [] });
});
