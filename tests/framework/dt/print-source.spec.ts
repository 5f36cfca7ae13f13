// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { cells, deviceTree, node, printSource } from '../../../lib/dt/index.ts';
import type { PropertyValue } from '../../../lib/dt/index.ts';

test('a tree is laid out as dtc lays it out', () => {
  const tree = deviceTree(
    node('', { model: 'mm', '#size-cells': 2 }, [
      node('chosen'),
      node('bus@1f', { ranges: true }, [node('dev', { reg: cells(0, 0x1000_0000) })]),
    ]),
    { reservations: [{ address: 0x1000n, size: 0x10n }] },
  );
  expect(printSource(tree)).toBe(`/dts-v1/;

/memreserve/	0x0000000000001000 0x0000000000000010;
/ {
	model = "mm";
	#size-cells = <0x02>;

	chosen {
	};

	bus@1f {
		ranges;

		dev {
			reg = <0x00 0x10000000>;
		};
	};
};
`);
});

for (const [title, value, printed] of [
  ['several strings', ['a', 'b c'], '"a", "b c"'],
  ['an empty string between others', ['aaa', '', 'b'], '"aaa", "", "b"'],
  ['quotes and backslashes', 'a"b\\c', '"a\\"b\\\\c"'],
  ['control characters that C names', '\x07\b\t\n\v\f\r', '"\\a\\b\\t\\n\\v\\f\\r"'],
  ['an escape, which C does not name', '\x1bab', '<0x1b616200>'],
  ['text beyond ASCII', 'é', '[c3 a9 00]'],
  ['no NUL at the end', Uint8Array.of(0x61, 0x62), '[61 62]'],
  ['as many NULs as characters', Uint8Array.of(0x61, 0x62, 0, 0), '"ab", ""'],
  ['more NULs than characters', Uint8Array.of(0x61, 0, 0, 0), '<0x61000000>'],
  ['an empty string alone', '', '[00]'],
  ['a string of one character', 'm', '"m"'],
  ['a cell that reads as text', cells(0x6162_6300), '"abc"'],
  ['zero', 0, '<0x00>'],
  ['cells', cells(1, 0xdead_beef), '<0x01 0xdeadbeef>'],
  ['bytes', Uint8Array.of(1, 2, 0xff), '[01 02 ff]'],
] as const satisfies [string, PropertyValue, string][]) {
  test(`${title}: printed as dtc would`, () => {
    const source = printSource(deviceTree(node('', { p: value })));
    expect(source).toBe(`/dts-v1/;\n\n/ {\n\tp = ${printed};\n};\n`);
  });
}

test('a tree that no blob can hold is not printed either', () => {
  expect(() => printSource(deviceTree(node('a')))).toThrow(/the root is named a/);
});
