/** Host locks as they come back from hosts. */

/** Of a PVE host without packages. */
export function lockWith({
  recipient,
  cpuSockets,
  serverIds: ids,
}: {
  recipient?: string;
  cpuSockets?: number;
  serverIds: readonly { product: string; serverId: string }[];
}): string {
  return JSON.stringify({
    schema: 'pommgr/host-lock/v1',
    created: '2026-12-01T00:00:00Z',
    tool: { name: 'pommgr', version: '0.1.0' },
    hostName: 'pve1',
    codename: 'trixie',
    architecture: 'amd64',
    foreignArchitectures: [],
    products: [],
    serverIds: ids,
    ...(recipient === undefined ? {} : { ageRecipient: recipient }),
    ...(cpuSockets === undefined ? {} : { cpuSockets }),
    baseline: null,
    packages: [],
  });
}
