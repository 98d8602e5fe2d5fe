import { expect, test } from 'vitest';
import { parseSubscriptionAnswer } from '../../src/subscription/domain/subscription-answer.ts';

const id = '0123456789ABCDEF0123456789ABCDEF';

test('lines of pvesubscription are read, an older one in capitals too', () => {
  const lines = [
    'checktime: 1795376030',
    'key: pve2b-0123456789',
    'nextduedate: 2027-5-1',
    `serverid: ${id.toLowerCase()}`,
    'signature: 00ff',
    'sockets: 2',
    'status: Active',
  ];
  expect(parseSubscriptionAnswer(`${lines.join('\n')}\n`)).toEqual({
    status: 'active',
    message: null,
    key: 'pve2b-0123456789',
    nextDueDate: '2027-05-01',
    checkTime: 1795376030,
    isSigned: true,
    serverIds: [id],
    sockets: 2,
  });
});

test('JSON of proxmox-backup-manager is read', () => {
  const json = { status: 'notfound', message: 'There is no subscription key', serverid: id, key: null };
  expect(parseSubscriptionAnswer(JSON.stringify(json))).toMatchObject({
    status: 'notfound',
    message: 'There is no subscription key',
    key: null,
    isSigned: false,
    serverIds: [id],
    sockets: null,
  });
});

test('a message is shown without secrets', () => {
  const { message } = parseSubscriptionAnswer(
    `status: invalid\nmessage: ${id} is not the one of pve2b-0123456789\n`,
  );
  expect(message).toBe('*** is not the one of pve2b-***');
  expect(parseSubscriptionAnswer('message: Server ID mismatch.\n').message).toBe('Server ID mismatch');
});

test.each(['', '{"status":', 'nextduedate: soon', 'status active'])('of %j little is known', (output) => {
  expect(parseSubscriptionAnswer(output)).toMatchObject({
    status: 'unknown',
    nextDueDate: null,
    serverIds: [],
  });
});
