/**
 * Finds what keeps a guest on its node in its configuration (qm.conf(5), pct.conf(5)): disks on local storages, and
 * devices of the host. Sections of snapshots are ignored.
 */

/** Storages that every node reaches, by name. */
export type SharedStorages = ReadonlySet<string>;

/** Types that are always shared (pvesm(1)); others are shared where `shared 1` says so. */
const sharedTypes = [
  'cephfs',
  'cifs',
  'esxi',
  'glusterfs',
  'iscsi',
  'iscsidirect',
  'nfs',
  'pbs',
  'rbd',
  'zfs',
];
const diskPattern = /^(?:ide|sata|scsi|virtio|efidisk|tpmstate|rootfs|mp)[0-9]*$/;
const devicePattern = /^(?:hostpci|usb|serial|parallel|dev)[0-9]+$/;

/** Parses storage.cfg. A storage restricted to certain nodes counts as local, because the others do not reach it. */
export function sharedStorages(text: string): SharedStorages {
  const shared = new Set<string>();
  for (const section of text.split(/^(?=[a-z]+:[ \t])/m)) {
    const [, type = '', name = ''] = /^([a-z]+):[ \t]+([A-Za-z][A-Za-z0-9._-]*)[ \t]*$/m.exec(section) ?? [];
    const isOff = /^\s+disable(?:\s+1)?\s*$/m.test(section);
    const isLimited = /^\s+nodes\s/m.test(section);
    const isShared = sharedTypes.includes(type) || /^\s+shared\s+1\s*$/m.test(section);
    if (name !== '' && isShared && !isOff && !isLimited) shared.add(name);
  }
  return shared;
}

/** Returns the reasons why the guest cannot be moved; none for one that can. */
export function reasonsToStay(text: string, shared: SharedStorages): string[] {
  const [current = ''] = text.split(/^\[/m);
  return current.split('\n').flatMap((line) => {
    const [, key = '', value = ''] = /^([a-z]+[0-9]*):[ \t]*(.*)$/.exec(line) ?? [];
    if (key === 'lock') return [`it is locked (${value.trim()})`];
    if (diskPattern.test(key)) return diskReason(key, value, shared);
    if (!devicePattern.test(key) || /^(?:socket|spice)\b/.test(value) || /\bhost=spice\b/.test(value))
      return [];
    return [`${key} is a device of this node`];
  });
}

function diskReason(key: string, value: string, shared: SharedStorages): string[] {
  const [volume = '', ...options] = value.trim().split(',');
  if (volume === 'none' || volume === 'cdrom')
    return volume === 'none' ? [] : [`${key} is the drive of this node`];
  if (options.includes('shared=1')) return [];
  const file = volume.replace(/^file=|^volume=/, '');
  const storage = /^([A-Za-z][A-Za-z0-9._-]*):/.exec(file)?.[1];
  if (storage === undefined) return [`${key} is ${file} of this node`];
  return shared.has(storage) ? [] : [`${key} lies on the local storage ${storage}`];
}
