// SPDX-License-Identifier: Apache-2.0
import { hex } from '../support/units.ts';
import { BlobError, TOKEN } from './blob-format.ts';
import { MAX_DEPTH, MAX_NAME } from './model.ts';
import type { DtNode, Property } from './model.ts';
import { nodeNameFault, propertyNameFault } from './names.ts';

/** A part of a blob: byte offsets from its beginning, `end` not included. */
export interface Block {
  readonly at: number;
  readonly end: number;
}

/**
 * Reads the structure block (Devicetree specification v0.4, 5.4) and says where its end token
 * ended. Work is bounded: each token is read once,
 * names and depth have a limit.
 *
 * @throws BlobError for anything malformed.
 */
export function readStructure(
  bytes: Uint8Array,
  structure: Block,
  names: Block,
): { node: DtNode; end: number } {
  return new StructureReader(bytes, structure, names).read();
}

class StructureReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #block: Block;
  readonly #names: Block;
  readonly #known = new Map<number, string>();
  #at: number;

  constructor(bytes: Uint8Array, block: Block, names: Block) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#block = block;
    this.#names = names;
    this.#at = block.at;
  }

  read(): { node: DtNode; end: number } {
    this.#expect(TOKEN.beginNode, 'the structure block does not begin with a node');
    const node = this.#node(1);
    this.#expect(TOKEN.end, 'an end token was wanted after the root');
    return { node, end: this.#at };
  }

  #expect(token: number, otherwise: string): void {
    const found = this.#token();
    if (found !== token)
      throw new BlobError(`${otherwise}, token ${hex(found)} is there`, this.#at - 4);
  }

  /** Everything of a node after its begin token, the end token included. */
  #node(depth: number): DtNode {
    const begin = this.#at - 4;
    if (depth > MAX_DEPTH) throw new BlobError(`nodes are nested deeper than ${MAX_DEPTH}`, begin);
    const name = this.#nodeName(depth === 1);
    const properties = new Map<string, Property>();
    const children = new Map<string, DtNode>();
    for (;;) {
      const token = this.#token();
      const at = this.#at - 4;
      if (token === TOKEN.endNode) break;
      if (token === TOKEN.property) {
        // 5.4.2: all properties of a node come before its children.
        if (children.size > 0) throw new BlobError('a property follows a child node', at);
        addOnce(properties, this.#property(), at, 'properties');
      } else if (token === TOKEN.beginNode) addOnce(children, this.#node(depth + 1), at, 'nodes');
      else throw new BlobError(`token ${hex(token)} stands inside a node`, at);
    }
    return { name, properties: [...properties.values()], children: [...children.values()] };
  }

  #nodeName(isRoot: boolean): string {
    const at = this.#at;
    const name = this.#string(at, this.#block.end, 'node');
    const root = name === '' ? undefined : `the root is named ${JSON.stringify(name)}`;
    const fault = isRoot ? root : nodeNameFault(name);
    if (fault !== undefined) throw new BlobError(fault, at);
    this.#at = align(at + name.length + 1);
    return name;
  }

  #property(): Property {
    const begin = this.#at - 4;
    const length = this.#word();
    const name = this.#propertyName(this.#word(), begin);
    const at = this.#at;
    if (length > this.#block.end - at)
      throw new BlobError(`property ${name} of ${length} bytes leaves the structure block`, begin);
    this.#at = align(at + length);
    return { name, value: this.#bytes.slice(at, at + length) };
  }

  #propertyName(offset: number, property: number): string {
    const known = this.#known.get(offset);
    if (known !== undefined) return known;
    const at = this.#names.at + offset;
    if (at >= this.#names.end)
      throw new BlobError(`a property's name at ${hex(offset)} leaves the strings block`, property);
    const name = this.#string(at, this.#names.end, 'property');
    const fault = propertyNameFault(name);
    if (fault !== undefined) throw new BlobError(fault, at);
    this.#known.set(offset, name);
    return name;
  }

  /** The bytes up to a NUL as Latin-1, so that one byte is one character. */
  #string(at: number, blockEnd: number, kind: string): string {
    const limit = Math.min(blockEnd, at + MAX_NAME + 1);
    const window = this.#bytes.subarray(at, Math.max(at, limit));
    const length = window.indexOf(0);
    if (length < 0)
      throw new BlobError(`a ${kind} name does not end within ${window.length} bytes`, at);
    return String.fromCharCode(...window.subarray(0, length));
  }

  /** The next token that is not a NOP. */
  #token(): number {
    for (;;) {
      const token = this.#word();
      if (token !== TOKEN.nop) return token;
    }
  }

  #word(): number {
    if (this.#at + 4 > this.#block.end)
      throw new BlobError('the structure block is cut', Math.min(this.#at, this.#block.end));
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }
}

function addOnce<Named extends { name: string }>(
  known: Map<string, Named>,
  item: Named,
  at: number,
  kind: string,
): void {
  if (known.has(item.name)) throw new BlobError(`two ${kind} are named ${item.name}`, at);
  known.set(item.name, item);
}

function align(at: number): number {
  return at + (-at & 3);
}
