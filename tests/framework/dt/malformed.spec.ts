// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { HEADER, patched, refusal } from './blobs.ts';

const { magic, totalSize, structure, strings, reservations } = HEADER;
const { version, lastCompatible, stringsSize, structureSize } = HEADER;
const FAR = 0xffff_fff0;
const BEGIN = 1;
const END_NODE = 2;
const NOP = 4;
const END = 9;
const A_Z = 0x6100_0000;

// What is wrong, the words that make it so, the message, the offset that it names.
const rows: [string, Record<number, number>, RegExp, number][] = [
  ['another magic number', { [magic]: 0xd00dfeee }, /magic number 0xd00dfeed/, 0],
  ['a version that is too old', { [version]: 15 }, /version 15 is too old/, 20],
  ['a version for later readers', { [version]: 19, [lastCompatible]: 18 }, /read as 18/, 24],
  ['a last version after its own', { [version]: 16, [lastCompatible]: 17 }, /read as 17/, 24],
  ['a size beyond the bytes', { [totalSize]: 0x1000 }, /it is cut: 4096 bytes/, 4],
  ['a size below the header', { [totalSize]: 39 }, /39 bytes does not hold a header/, 4],
  ['a structure that is far', { [structure]: FAR }, /structure block, 76 bytes at 0xf+0, leave/, 8],
  ['a structure of huge size', { [structureSize]: FAR }, /leaves the blob/, 8],
  ['a structure out of line', { [structure]: 0x4a, [structureSize]: 72 }, /not aligned to 4/, 8],
  ['a structure of part of a word', { [structureSize]: 0x4a }, /whole tokens/, 36],
  ['a structure cut short', { [structureSize]: 0x48 }, /structure block is cut/, 0x90],
  ['a structure of nothing', { [structureSize]: 0 }, /structure block is cut/, 0x48],
  ['strings that are far', { [strings]: FAR }, /strings block, .* leaves the blob/, 12],
  ['strings of huge size', { [stringsSize]: FAR }, /leaves the blob/, 12],
  ['strings in the structure', { [strings]: 0x90 }, /strings block begins inside the stru/, 0x90],
  ['strings in the header', { [strings]: 8 }, /strings block begins inside the header/, 8],
  ['reservations that are far', { [reservations]: FAR }, /reservation block has no end/, 0xa0],
  ['reservations out of line', { [reservations]: 44 }, /not aligned to 8/, 16],
  [
    'reservations in the header',
    { [reservations]: 0, 0x34: 0 },
    /block begins inside the header/,
    0,
  ],
  [
    'reservations over the structure',
    { 0x44: 1, 0x48: 0, 0x50: 0, 0x54: 0 },
    /inside the memory/,
    0x48,
  ],
  ['reservations without end', { [reservations]: 0x90 }, /reservation block has no end/, 0xa0],
  ['an empty reservation', { 0x34: 0 }, /memory reservation is empty/, 0x28],
  ['a wrapping reservation', { 0x28: 0xffff_ffff, 0x30: 1 }, /reservation wraps around/, 0x28],
  ['no node at first', { 0x48: END }, /does not begin with a node, token 0x9 is there/, 0x48],
  ['a root with a name', { 0x4c: A_Z }, /root is named "a"/, 0x4c],
  ['an unknown token', { 0x50: 7 }, /token 0x7 stands inside a node/, 0x50],
  ['an end inside a node', { 0x88: END }, /token 0x9 stands inside a node/, 0x88],
  ['a nameless child', { 0x64: 0 }, /empty name/, 0x64],
  ['a slash in a node name', { 0x64: 0x632f_7540 }, /"c\/u@0" is no node name/, 0x64],
  ['a byte beyond ASCII in a name', { 0x64: 0x63ff_7540 }, /"cÿu@0" is no node name/, 0x64],
  ['a long property', { 0x54: 0x100 }, /property model of 256 bytes leaves the structure/, 0x50],
  ['a huge property', { 0x54: 0xffff_ffff }, /property model of 4294967295 bytes leaves/, 0x50],
  ['a name beyond the strings', { 0x58: 12 }, /name at 0xc leaves the strings block/, 0x50],
  ['a name far beyond', { 0x58: FAR }, /leaves the strings block/, 0x50],
  ['a property without a name', { 0x58: 5 }, /a property has an empty name/, 0x99],
  ['a space in a property name', { 0x94: 0x6d20_6465 }, /"m del" is no property name/, 0x94],
  ['a name that does not end', { [stringsSize]: 5 }, /property name does not end/, 0x94],
  ['two properties of one name', { 0x84: 6 }, /two properties are named x-reg/, 0x7c],
  ['a node after the root', { 0x90: BEGIN }, /end token was wanted after the root/, 0x90],
  ['a second end of the root', { 0x90: END_NODE }, /after the root, token 0x2 is there/, 0x90],
  ['no end of the structure', { 0x90: NOP }, /structure block is cut/, 0x94],
];

for (const [title, words, message, offset] of rows) {
  test(`${title} is malformed`, () => {
    const error = refusal(patched(words));
    expect(error?.message).toMatch(message);
    expect(error?.offset).toBe(offset);
  });
}

test('a blob that is cut anywhere is malformed', () => {
  const blob = patched();
  const lengths = Array.from(blob.keys());
  expect(lengths.filter((length) => !refusal(blob.subarray(0, length)))).toEqual([]);
});

test('a blob whose total size is cut anywhere is malformed', () => {
  const sizes = Array.from(patched().keys());
  expect(sizes.filter((size) => !refusal(patched({ [totalSize]: size })))).toEqual([]);
});
