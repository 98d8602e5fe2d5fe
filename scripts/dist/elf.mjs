/** ELF programs, 64 bits, little-endian (elf(5)). */

const sectionTableOffset = 0x28;
const sectionCountOffset = 0x3c;
const loadable = 1;

/**
 * Cuts off what the kernel never maps: symbols, debug sections and the table of sections. The rest is the original,
 * byte for byte but for the table's place and length in the header; strip(1) would depend on its version and on the
 * machine.
 * @param {Buffer} program
 */
export function withoutSymbols(program) {
  if (program.toString('latin1', 0, 6) !== '\x7fELF\x02\x01')
    throw new Error('not a 64-bit little-endian ELF file');
  const table = Number(program.readBigUInt64LE(0x20));
  const entryBytes = program.readUInt16LE(0x36);
  const segments = Array.from({ length: program.readUInt16LE(0x38) }, (_, index) => {
    const entry = table + index * entryBytes;
    const end = program.readBigUInt64LE(entry + 8) + program.readBigUInt64LE(entry + 32);
    return { type: program.readUInt32LE(entry), end: Number(end) };
  });
  const end = Math.max(...segments.filter(({ type }) => type === loadable).map((segment) => segment.end));
  const cut = Buffer.from(program.subarray(0, end));
  cut.writeBigUInt64LE(0n, sectionTableOffset);
  // The number of sections, and which of them has the names.
  cut.writeUInt32LE(0, sectionCountOffset);
  return cut;
}
