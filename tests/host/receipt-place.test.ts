import { expect, it } from 'vitest';
import { checkReceiptTop } from '../../src/host/workflows/leave-receipt.ts';
import { testContext } from '../support/online.ts';

it.each([
  { top: '/', says: [expect.stringContaining("/ is on this host's own disk")] },
  // A file system of its own on every Linux.
  { top: '/proc', says: [] },
])('tells where a receipt at $top would stay', async ({ top, says }) => {
  const context = testContext();

  await checkReceiptTop(top, context);

  expect(context.warnings).toEqual(says);
});

it('refuses a place that is not there', async () => {
  await expect(checkReceiptTop('/nonexistent', testContext())).rejects.toMatchObject({
    code: 'usage.receipt',
  });
});
