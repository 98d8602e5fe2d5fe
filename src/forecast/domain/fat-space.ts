/**
 * Counts the free bytes of an unmounted FAT file system in its allocation table (Microsoft's FAT specification 1.03).
 * proxmox-boot-tool's partitions are unmounted except while it works on them.
 */

export interface FatLayout {
  bits: 12 | 16 | 32;
  /** Offset and size of the first allocation table. */
  tableOffsetBytes: number;
  tableBytes: number;
  clusters: number;
  clusterBytes: number;
}

/** Returns undefined where the first sector is not that of a FAT file system. */
export function parseFatLayout(sector: Uint8Array): FatLayout | undefined {
  if (sector.length < 512 || sector[510] !== 0x55 || sector[511] !== 0xaa) return undefined;
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
  const sectorBytes = view.getUint16(11, true);
  const perCluster = view.getUint8(13);
  const reserved = view.getUint16(14, true);
  const tables = view.getUint8(16);
  const rootEntries = view.getUint16(17, true);
  const total = view.getUint16(19, true) || view.getUint32(32, true);
  const tableSectors = view.getUint16(22, true) || view.getUint32(36, true);
  const isPlausible = [512, 1024, 2048, 4096].includes(sectorBytes) && perCluster > 0 && tables > 0;
  if (!isPlausible || reserved === 0 || tableSectors === 0) return undefined;
  const rootSectors = Math.ceil((rootEntries * 32) / sectorBytes);
  const clusters = Math.floor((total - reserved - tables * tableSectors - rootSectors) / perCluster);
  if (clusters <= 0) return undefined;
  const bits = clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32;
  return {
    bits,
    tableOffsetBytes: reserved * sectorBytes,
    tableBytes: Math.min(tableSectors * sectorBytes, Math.ceil(((clusters + 2) * bits) / 8)),
    clusters,
    clusterBytes: sectorBytes * perCluster,
  };
}

/** `table` are the bytes of the first allocation table. */
export function freeFatBytes({ bits, clusters, clusterBytes }: FatLayout, table: Uint8Array): number {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  let free = 0;
  for (let cluster = 2; cluster < clusters + 2; cluster += 1) {
    if (entryOf(view, cluster, bits) === 0) free += 1;
  }
  return free * clusterBytes;
}

function entryOf(view: DataView, cluster: number, bits: FatLayout['bits']): number {
  if (bits === 32) return view.getUint32(cluster * 4, true) & 0x0f_ff_ff_ff;
  if (bits === 16) return view.getUint16(cluster * 2, true);
  const pair = view.getUint16(cluster + (cluster >> 1), true);
  return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
}
