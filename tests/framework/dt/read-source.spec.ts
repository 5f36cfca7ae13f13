// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import {
  deviceTree,
  node,
  placeKey,
  printSource,
  readBlob,
  readSource,
} from '../../../lib/dt/index.ts';
import type { DeviceTree } from '../../../lib/dt/index.ts';
import { describePlace, SourceError } from '../../../lib/support/source-text.ts';
import { arbitraryTree } from './arbitrary.ts';
import { dtcSync, noDtc } from './dtc.ts';

const read = (text: string): DeviceTree => readSource({ file: 'host.dts', text }).tree;
const compiled = (text: string): DeviceTree =>
  readBlob(dtcSync(['-I', 'dts', '-O', 'dtb', '-b', '0'], text));

/** A source that uses what people use. */
const everything = `// A board.
/dts-v1/;
/memreserve/ 0x1000 0x20;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	compatible = "crosspage,board", "xlnx,zynqmp";
	interrupt-parent = <&gic>;
	empty;

	aliases { serial0 = &uart; rooted = &{/memory@0}; };

	gic: interrupt-controller@f9010000 {
		interrupt-controller;
		#interrupt-cells = <3>;
		reg = <0x0 0xf9010000 0x0 (0x1000 << 4)>, /* distributor */
		      <0x0 0xf902f000 0x0 0x2000>;
	};

	uart: serial@ff000000 {
		sum = <(1 + 2 * 3 - 4 / 2) (7 % 4) (1 ? 0x10 : 0x20) (!0) (~0 & 0xff) (-1)>;
		logic = <(1 && 0) (1 || 0) (3 > 2) (3 <= 2) (5 == 5) (5 != 5) (6 ^ 3) (1 | 8) (256 >> 4)>;
		octal = <010 'a' '\\n' 10UL>;
		bytes = [de ad be ef 01];
		mixed = "text", <1 2>, [ff], "more\\x41\\101\\t";
		small = /bits/ 8 <1 2 0xff>, /bits/ 16 <0x1234>, /bits/ 64 <0xdeadbeefcafef00d>;
		path = &gic;
		many = <&gic 0 &{/memory@0}>;
	};

	memory@0 { device_type = "memory"; reg = <0x0 0x0 0x0 0x80000000>; gone = "x"; };
	old { };
};

&uart { status = "okay"; octal = <1>; };
extra: &{/memory@0} { /delete-property/ gone; };
/ { /delete-node/ old; chosen { domU1 { compatible = "xen,domain"; }; }; };
`;

test('labels, references, expressions and later mentions are read as dtc reads them', () => {
  test.skip(noDtc !== undefined, noDtc ?? '');
  assert.deepEqual(read(everything), compiled(everything));
});

test('what is printed is read back', () => {
  fc.assert(
    fc.property(arbitraryTree, (tree) => {
      assert.deepEqual(read(printSource(tree)), { ...tree, bootCpu: 0 });
    }),
    { numRuns: 200 },
  );
});

test('expressions come to what dtc makes of them', () => {
  test.skip(noDtc !== undefined, noDtc ?? '');
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      fc.nat({ max: 70 }).map(String),
      fc
        .tuple(
          tie('expression'),
          fc.constantFrom(...'+ - * & | ^ << >> < > <= >= == != && ||'.split(' ')),
          tie('expression'),
        )
        .map(([a, sign, b]) => `${a} ${sign} ${b}`),
      fc.tuple(fc.constantFrom('-', '~', '!'), tie('expression')).map(([s, a]) => `${s}(${a})`),
      tie('expression').map((a) => `(${a})`),
      fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
  }));
  const wanted = fc.array(expression, { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(wanted, (expressions) => {
      const values = expressions.map((text) => `(${text})`).join(' ');
      const source = `/dts-v1/;\n/ { p = /bits/ 64 <${values}>; };\n`;
      assert.deepEqual(read(source), compiled(source));
    }),
    { numRuns: 20 },
  );
});

test('nodes and properties have the place where they were written last', () => {
  const { places } = readSource({ file: 'host.dts', text: everything });
  const at = (key: string): string | undefined => {
    const place = places.get(key);
    return place && `${describePlace(place)}+${place.length}`;
  };
  expect(at('/chosen/domU1')).toBe('host.dts:37:33+5');
  expect(at(placeKey('/serial@ff000000', 'octal'))).toBe('host.dts:35:26+5');
  expect(at(placeKey('/memory@0', 'gone'))).toBeUndefined();
});

test('the marks of a preprocessor move the places', () => {
  const text = '# 1 "board.dts"\n/dts-v1/;\n# 7 "soc.dtsi" 1\n/ {\n  p = <1>;\n};\n';
  const { places } = readSource({ file: 'all.dts', text });
  expect(places.get('/:p')).toEqual({ file: 'soc.dtsi', line: 8, column: 3, length: 1 });
});

test('included files are read where they stand', () => {
  const include = (name: string): { file: string; text: string } | undefined =>
    name === 'chosen.dtsi' ? { file: 'lib/chosen.dtsi', text: 'chosen { a; };\n' } : undefined;
  const text = '/dts-v1/;\n/ {\n  /include/ "chosen.dtsi"\n  b { };\n};\n';
  const { tree, places } = readSource({ file: 'a.dts', text }, include);
  expect(tree).toEqual(deviceTree(node('', {}, [node('chosen', { a: true }), node('b')])));
  expect(places.get('/chosen')?.file).toBe('lib/chosen.dtsi');
  expect(places.get('/b')).toMatchObject({ file: 'a.dts', line: 4 });
});

for (const [title, body, message] of [
  [
    'a missing semicolon',
    '/ { p = <1> }',
    'host.dts:2:13: "}" stands where ";" or "," is expected',
  ],
  ['an unknown label', '/ { p = <&nobody>; }', 'host.dts:2:11: no node has the label nobody'],
  [
    'more than a cell holds',
    '/ { p = <0x100000000>; }',
    'host.dts:2:10: 0x100000000 does not fit 32 bits',
  ],
  ['a property twice', '/ { p; p; }', 'host.dts:2:8: the property p stands here twice'],
  ['a node twice', '/ { n { }; n { }; }', 'host.dts:2:12: the node n stands here twice'],
  [
    'a property behind a node',
    '/ { n { }; p; }',
    'host.dts:2:12: the property p stands behind a node: properties come first',
  ],
  [
    'a file that is missing',
    '/include/ "none.dtsi"\n/ { }',
    'host.dts:2:1: there is no file none.dtsi to include',
  ],
  [
    'an overlay',
    '/plugin/;\n/ { }',
    'host.dts:2:1: /plugin/ makes an overlay, which Xen and xl do not take as a tree',
  ],
  [
    'an end in the middle',
    '/ { p = <1',
    'host.dts:3:1: the end of the file stands where a number, an expression in (), &label or ">" is expected',
  ],
  [
    'an odd hexadecimal digit',
    '/ { p = [ab c]; }',
    'host.dts:2:13: "c" stands where two hexadecimal digits or "]" is expected',
  ],
  ['a division by zero', '/ { p = <(1 / 0)>; }', 'host.dts:2:13: division by zero'],
  ['no version', undefined, 'host.dts:1:1: "/" stands where "/dts-v1/;" is expected'],
  ['a fragment', null, 'host.dts:1:1: a fragment: put `/dts-v1/; / { … };` around it'],
] as const) {
  test(`${title}: refused, with the place`, () => {
    const bare = body === null ? 'chosen {\n};\n' : '/ { };\n';
    const text =
      body === undefined || body === null
        ? bare
        : `/dts-v1/;\n${body}${body.endsWith('<1') ? '\n' : ';\n'}`;
    let thrown: unknown;
    try {
      read(text);
    } catch (error) {
      thrown = error;
    }
    assert(thrown instanceof SourceError);
    expect(thrown.message.split('\n')[0]).toBe(message);
  });
}

test('any text gives a tree or an error with a place', () => {
  const piece = fc.constantFrom(
    ...'/dts-v1/; / { } ; p = < > 1 & l: , "a" [ ff ( ) + /include/ # /* */ // /delete-node/'.split(
      ' ',
    ),
    '\n',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        read(`/dts-v1/; / { ${pieces.join('')}`);
      } catch (error) {
        assert(error instanceof SourceError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
