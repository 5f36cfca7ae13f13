// SPDX-License-Identifier: Apache-2.0
import { hex } from '../support/units.ts';
import { BlobError, headerSize, LAST_COMPATIBLE, MAGIC, VERSION } from './blob-format.ts';
import type { DeviceTree, Reservation } from './model.ts';
import { readStructure } from './read-structure.ts';
import type { Block } from './read-structure.ts';

interface Header {
  readonly version: number;
  readonly totalSize: number;
  readonly reservationsAt: number;
  readonly structure: Block;
  readonly strings: Block;
  readonly bootCpu: number;
}

/**
 * Reads a flattened device tree of version 16 or 17, or a later one that says it is compatible
 * (Devicetree specification v0.4, 5). Bytes after the blob's `totalsize` are not looked at.
 *
 * @throws BlobError for anything malformed, with the offset in bytes.
 */
export function readBlob(bytes: Uint8Array): DeviceTree {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  const { reservations, end } = readReservations(view, header);
  checkApart([
    { name: 'header', at: 0, end: headerSize(header.version) },
    { name: 'memory reservation block', at: header.reservationsAt, end },
    { name: 'structure block', ...header.structure },
    { name: 'strings block', ...header.strings },
  ]);
  const root = readStructure(bytes, header.structure, header.strings);
  // 5.4.2: the structure block ends with its end token; version 16 does not say where.
  if (header.version >= 17 && root.end !== header.structure.end)
    throw new BlobError('something follows the end token', root.end);
  return { root: root.node, reservations, bootCpu: header.bootCpu };
}

function readHeader(view: DataView): Header {
  const { version, totalSize } = readIdentity(view);
  const field = (at: number): number => view.getUint32(at);
  const strings = block('strings block', field(12), field(32), totalSize, 12);
  const reservationsAt = field(16);
  const structureSize =
    version >= 17 ? field(36) : room(field(8), [strings.at, reservationsAt, totalSize]);
  const structure = block('structure block', field(8), structureSize, totalSize, 8);
  // 5.6: the memory reservation block is aligned to 8 bytes, the structure block to 4.
  if (structure.at % 4 !== 0) throw new BlobError('the structure block is not aligned to 4', 8);
  if (version >= 17 && structureSize % 4 !== 0)
    throw new BlobError('the structure block is not made of whole tokens', 36);
  if (reservationsAt % 8 !== 0)
    throw new BlobError('the memory reservation block is not aligned to 8', 16);
  return { version, totalSize, reservationsAt, structure, strings, bootCpu: field(28) };
}

function readIdentity(view: DataView): { version: number; totalSize: number } {
  const size = view.byteLength;
  if (size < 4 || view.getUint32(0) !== MAGIC)
    throw new BlobError(`it does not begin with the magic number ${hex(MAGIC)}`, 0);
  if (size < headerSize(LAST_COMPATIBLE))
    throw new BlobError(`it is cut: ${size} bytes do not hold a header`, size);
  const version = view.getUint32(20);
  const lastCompatible = view.getUint32(24);
  if (version < LAST_COMPATIBLE) throw new BlobError(`version ${version} is too old`, 20);
  if (lastCompatible > VERSION || lastCompatible > version)
    throw new BlobError(`version ${version} is said to be read as ${lastCompatible}`, 24);
  const totalSize = view.getUint32(4);
  if (totalSize > size)
    throw new BlobError(`it is cut: ${totalSize} bytes were wanted, ${size} are there`, 4);
  if (totalSize < headerSize(version))
    throw new BlobError(`a total size of ${totalSize} bytes does not hold a header`, 4);
  return { version, totalSize };
}

/** How far it is from `at` to the first of `borders` beyond it: what version 16 leaves unsaid. */
function room(at: number, borders: readonly number[]): number {
  const beyond = borders.filter((border) => border > at);
  return beyond.length === 0 ? 0 : Math.min(...beyond) - at;
}

function block(name: string, at: number, size: number, totalSize: number, field: number): Block {
  if (at + size > totalSize)
    throw new BlobError(`the ${name}, ${size} bytes at ${hex(at)}, leaves the blob`, field);
  return { at, end: at + size };
}

function readReservations(view: DataView, header: Header) {
  const reservations: Reservation[] = [];
  for (let at = header.reservationsAt; ; at += 16) {
    if (at + 16 > header.totalSize)
      throw new BlobError(
        'the memory reservation block has no end',
        Math.min(at, header.totalSize),
      );
    const address = view.getBigUint64(at);
    const size = view.getBigUint64(at + 8);
    if (address === 0n && size === 0n) return { reservations, end: at + 16 };
    // The specification goes on after such an entry (5.3.2), libfdt and dtc end at it.
    if (size === 0n) throw new BlobError('a memory reservation is empty', at);
    if (address + size > 1n << 64n) throw new BlobError('a memory reservation wraps around', at);
    reservations.push({ address, size });
  }
}

function checkApart(blocks: readonly (Block & { readonly name: string })[]): void {
  const sorted = blocks.filter(({ at, end }) => end > at).toSorted((a, b) => a.at - b.at);
  sorted.forEach((upper, index) => {
    const lower = sorted[index - 1];
    if (lower !== undefined && lower.end > upper.at)
      throw new BlobError(`the ${upper.name} begins inside the ${lower.name}`, upper.at);
  });
}
