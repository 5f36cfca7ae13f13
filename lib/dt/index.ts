// SPDX-License-Identifier: Apache-2.0

// Device trees as values: building, reading, finding, editing, FDT blobs, source.
export { BlobError } from './blob-format.ts';
export { deviceTree, node } from './build.ts';
export { cellsBelow, describeCells } from './cells-below.ts';
export type { InheritedCells } from './cells-below.ts';
export { difference, equal } from './compare.ts';
export { addChild, merge, removeNode, removeProperty, setNode, setProperty } from './edit.ts';
export { find, findCompatible, findPhandle, locate, nextPhandle, phandleOf, walk } from './find.ts';
export { MAX_DEPTH } from './model.ts';
export type { DeviceTree, DtNode, Located, Property, Reservation } from './model.ts';
export { printSource } from './print-source.ts';
export {
  cellCounts,
  cellsOf,
  property,
  regOf,
  stringOf,
  stringsOf,
  u32,
  u64,
} from './properties.ts';
export type { NodeOrLocated } from './properties.ts';
export { readBlob } from './read-blob.ts';
export { placeKey, readSource } from './read-source.ts';
export type { SourceTree } from './read-source.ts';
export { cells, cells64, concat, strings } from './values.ts';
export type { PropertyValue } from './values.ts';
export { writeBlob } from './write-blob.ts';
