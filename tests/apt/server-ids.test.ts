import { expect, test } from 'vitest';
import { serverIdsIn } from '../../src/apt/domain/server-ids.ts';

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
