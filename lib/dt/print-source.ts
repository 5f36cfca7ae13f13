// SPDX-License-Identifier: Apache-2.0
import { hex } from '../support/units.ts';
import { checkTree } from './check.ts';
import type { DeviceTree, DtNode } from './model.ts';

/**
 * The tree as source, version 1 (Devicetree specification v0.4, 6), laid out as dtc lays it out.
 * Compiled by dtc it gives the same tree, but for {@link DeviceTree.bootCpu}, which source cannot
 * say.
 *
 * @throws MisuseError for a tree that no blob can hold.
 */
export function printSource(tree: DeviceTree): string {
  checkTree(tree);
  const lines = ['/dts-v1/;', ''];
  for (const { address, size } of tree.reservations)
    lines.push(`/memreserve/\t${hex(address, 16)} ${hex(size, 16)};`);
  printNode(tree.root, '', lines);
  return `${lines.join('\n')}\n`;
}

/** A property's value as source, after the `=`: strings if it reads as such, else cells, else bytes. */
export function printValue(value: Uint8Array): string {
  if (looksLikeStrings(value)) return printStrings(value);
  if (value.length % 4 === 0) {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const words = Array.from({ length: value.length / 4 }, (_unused, index) =>
      hex(view.getUint32(4 * index), 2),
    );
    return `<${words.join(' ')}>`;
  }
  return `[${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}]`;
}

function printNode(node: DtNode, indent: string, lines: string[]): void {
  lines.push(`${indent}${node.name === '' ? '/' : node.name} {`);
  for (const { name, value } of node.properties)
    lines.push(`${indent}\t${name}${value.length === 0 ? '' : ` = ${printValue(value)}`};`);
  for (const child of node.children) {
    lines.push('');
    printNode(child, `${indent}\t`, lines);
  }
  lines.push(`${indent}};`);
}

// C's escapes, which dtc's lexer reads back (util.c, get_escape_char).
const escapes = new Map<number, string>([
  ...Array.from('\x07\b\t\n\v\f\r', (character, index): [number, string] => {
    return [character.charCodeAt(0), `\\${'abtnvfr'.charAt(index)}`];
  }),
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/** As dtc decides it (treesource.c, guess_value_type): NUL at the end, no more NULs than text. */
function looksLikeStrings(value: Uint8Array): boolean {
  if (value.at(-1) !== 0) return false;
  let nuls = 0;
  for (const byte of value) {
    const printable = (byte >= 0x20 && byte < 0x7f) || escapes.has(byte);
    if (byte === 0) nuls++;
    else if (!printable) return false;
  }
  return nuls <= value.length - nuls;
}

function printStrings(value: Uint8Array): string {
  let text = '"';
  for (const byte of value.subarray(0, -1))
    text += byte === 0 ? '", "' : (escapes.get(byte) ?? String.fromCharCode(byte));
  return `${text}"`;
}
