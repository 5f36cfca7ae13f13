// SPDX-License-Identifier: Apache-2.0
import { headerSize, LAST_COMPATIBLE, MAGIC, TOKEN, VERSION } from './blob-format.ts';
import { checkTree } from './check.ts';
import type { DeviceTree, DtNode } from './model.ts';
import { cells, cells64, concat } from './values.ts';

/**
 * The flattened device tree, version 17 (Devicetree specification v0.4, 5): header, memory
 * reservations, structure, strings, and nothing after them. The same tree always gives the same
 * bytes, which are those that dtc 1.6 writes.
 *
 * @throws MisuseError for a tree that no blob can hold.
 */
export function writeBlob(tree: DeviceTree): Uint8Array {
  checkTree(tree);
  const names = new Names();
  const words = new ByteSink();
  writeNode(tree.root, names, words);
  words.word(TOKEN.end);
  const structure = words.bytes();
  const strings = names.bytes();
  const entries = tree.reservations.flatMap(({ address, size }) => [address, size]);
  const reservations = cells64(...entries, 0, 0);
  const header = headerSize(VERSION);
  const structureAt = header + reservations.length;
  const stringsAt = structureAt + structure.length;
  const total = stringsAt + strings.length;
  const fields = cells(
    ...[MAGIC, total, structureAt, stringsAt, header, VERSION, LAST_COMPATIBLE],
    ...[tree.bootCpu, strings.length, structure.length],
  );
  return concat(fields, reservations, structure, strings);
}

function writeNode(node: DtNode, names: Names, sink: ByteSink): void {
  sink.word(TOKEN.beginNode);
  sink.put(asciiZ(node.name));
  for (const { name, value } of node.properties) {
    sink.word(TOKEN.property);
    sink.word(value.length);
    sink.word(names.offsetOf(name));
    sink.put(value);
  }
  for (const child of node.children) writeNode(child, names, sink);
  sink.word(TOKEN.endNode);
}

/** The strings block: each name once, in first-use order; one that ends another lies inside it. */
class Names {
  readonly #offsets = new Map<string, number>();
  readonly #sink = new ByteSink();

  offsetOf(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.#sink.length;
    // As dtc does (flattree.c, stringtable_insert): any tail of what is there will do.
    for (let skip = 0; skip < name.length; skip++) {
      const tail = name.slice(skip);
      if (!this.#offsets.has(tail)) this.#offsets.set(tail, offset + skip);
    }
    this.#sink.append(asciiZ(name));
    return offset;
  }

  bytes(): Uint8Array {
    return this.#sink.bytes();
  }
}

/** Bytes that grow at their end. */
class ByteSink {
  #buffer = new Uint8Array(1024);
  #view = new DataView(this.#buffer.buffer);
  length = 0;

  word(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, value);
    this.length += 4;
  }

  /** Appends and pads with zeroes to 4 bytes (5.4.1). */
  put(bytes: Uint8Array): void {
    this.append(bytes);
    this.#reserve(3);
    this.length += -this.length & 3;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.length);
  }

  #reserve(size: number): void {
    if (this.length + size <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#buffer.length, this.length + size));
    grown.set(this.#buffer);
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const encoder = new TextEncoder();

/** Names are ASCII: checkTree saw to it. */
function asciiZ(text: string): Uint8Array {
  return encoder.encode(`${text}\0`);
}
