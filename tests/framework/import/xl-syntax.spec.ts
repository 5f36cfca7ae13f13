// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import {
  parseXl,
  replaceSpans,
  settingOf,
  type XlSyntaxValue,
} from '../../../lib/import/xl-syntax.ts';
import { describePlace, showLine } from '../../../lib/support/source-text.ts';
import { printXlConfig } from '../../../lib/xen/xl-config.ts';

const parse = (text: string): ReturnType<typeof parseXl> => parseXl({ file: 'domu.cfg', text });

/** A value without its places. */
function plain(value: XlSyntaxValue | undefined): unknown {
  if (value === undefined) return undefined;
  return value.kind === 'atom' ? value.text : value.items.map(plain);
}

const settings = (text: string): unknown[] =>
  parse(text).settings.map(({ name, operator, value }) => [name, operator, plain(value)]);

test('strings, numbers, lists over several lines and comments are read', () => {
  const text = `# a domain
name = "one"; memory=64 # MiB
extra = 'console="hvc0"'
iomem = [
   "0x70000,1@0x70000",   # the mailbox

   "0x70010,0x10",
]
vcpus += 2
`;
  expect(parse(text).problems).toEqual([]);
  expect(settings(text)).toEqual([
    ['name', '=', 'one'],
    ['memory', '=', '64'],
    ['extra', '=', 'console="hvc0"'],
    ['iomem', '=', ['0x70000,1@0x70000', '0x70010,0x10']],
    ['vcpus', '+=', '2'],
  ]);
});

test('each value has its place', () => {
  const file = parse('name = "one"\niomem = [ "0x1,1",\n  "0x2,1" ]\n');
  const iomem = settingOf(file, 'iomem');
  expect(iomem && describePlace(iomem.place)).toBe('domu.cfg:2:1');
  const items = iomem?.value.kind === 'list' ? iomem.value.items : [];
  expect(items.map(({ place }) => `${describePlace(place)}+${place.length}`)).toEqual([
    'domu.cfg:2:11+7',
    'domu.cfg:3:3+7',
  ]);
});

test('the last assignment counts, and += adds to what was there', () => {
  const file = parse('memory = 1\nmemory = 2\nextra = "a"\nextra += "b"\nl = ["x"]\nl += ["y"]\n');
  expect(
    ['memory', 'extra', 'l', 'none'].map((name) => plain(settingOf(file, name)?.value)),
  ).toEqual(['2', 'ab', ['x', 'y'], undefined]);
});

test('escapes of strings are those that xl reads: of an octal one nothing is left', () => {
  expect(settings(String.raw`extra = "a\"b\\c\n\101z"`)).toEqual([['extra', '=', 'a"b\\c\nz']]);
});

for (const [title, text, problem] of [
  [
    'a name without a value',
    'name\nvcpus = 1\n',
    '1:5: the end of the line stands where "=" or "+=" is expected',
  ],
  [
    'a value that has no quotes',
    'name = one\n',
    '1:8: one stands where a string in quotes, a number or a list is expected',
  ],
  ['a string that is not closed', 'name = "one\n', '1:8: a string that is not closed on its line'],
  [
    'a list that is not closed',
    'iomem = [ "1,1"\nname = "x"\n',
    '2:1: name stands where "," or "]" is expected',
  ],
  ['a capital letter', 'Name = "x"\n', '1:1: "Name": options have small letters'],
  ['an unknown escape', 'name = "a\\q"\n', '1:8: "\\q" is no escape of a string'],
  [
    'a hexadecimal escape',
    'name = "a\\x41"\n',
    '1:8: "\\x" begins an escape by number, and xl reads none',
  ],
  [
    'an octal escape of one digit',
    'name = "a\\18"\n',
    '1:8: "\\1" begins an escape by number, and xl reads none',
  ],
  [
    'a comment without a line end',
    'name = "a"\n# end',
    '2:1: a comment on a last line that has no line end: xl reads no such file',
  ],
  [
    'a text added to a list',
    'iomem = [ "1,1" ]\niomem += "2,1"\n',
    '2:10: += adds one value to iomem, which is a list: xl reads no such file',
  ],
  [
    'a list added to a text',
    'extra = "a"\nextra += [ "b" ]\n',
    '2:10: += adds a list to extra, which is one value: xl reads no such file',
  ],
  [
    'DOS line ends',
    '# comment\r\nname = "a"\r\n\r\niomem = [ "1,1",\r\n"2,1" ]\r\n',
    '2:11: DOS line ends: xl reads no such file',
  ],
  ['two values', 'memory = 1 2\n', '1:12: 2 stands where the end of the line or ";" is expected'],
] as const) {
  test(`${title}: refused, with the place`, () => {
    const { problems } = parse(text);
    expect(problems.map(({ place, what }) => `${place.line}:${place.column}: ${what}`)).toEqual([
      problem,
    ]);
  });
}

test('a line that is wrong does not hide the others', () => {
  const file = parse('name = one\nvcpus = 2\nmemory == 3\nmaxmem = 4\n');
  expect(file.problems).toHaveLength(2);
  expect(file.settings.map(({ name }) => name)).toEqual(['vcpus', 'maxmem']);
});

test('a caret stands under what is meant, behind tabs too', () => {
  const { problems } = parse('\tname = one\n');
  const [problem] = problems;
  expect(problem && showLine(problem.line, problem.place)).toBe(
    '1 | \tname = one\n  | \t       ^~~',
  );
});

test('a value is replaced where it stands, and nothing else changes', () => {
  const text = '# keep\nmemory = 64 # MiB\nunknown_option = [ "x" ]\n';
  const value = settingOf(parse(text), 'memory')?.value;
  expect(value).toBeDefined();
  if (value !== undefined)
    expect(replaceSpans(text, [{ ...value, text: '128' }])).toBe(text.replace('64', '128'));
});

test('what is printed is read back', () => {
  const value = fc.oneof(
    fc.stringMatching(/^[ -~\n]*$/),
    fc.nat(),
    fc.array(fc.stringMatching(/^[ -~]*$/)),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/), value), (others) => {
      const text = printXlConfig({ name: 'n', kernel: '/k', memory: 0x10_0000, others });
      const file = parse(text);
      expect(file.problems).toEqual([]);
      for (const [name, written] of Object.entries(others)) {
        const read = plain(settingOf(file, name)?.value);
        expect(read).toEqual(typeof written === 'number' ? String(written) : written);
      }
    }),
  );
});

test('any text is read without an exception, and every place lies in it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'a b = + [ ] , ; " \' \\ # \n 0 9 x'.split(' '), ' ') }),
      (text) => {
        const { problems, settings: found } = parse(text);
        const count = text.split('\n').length;
        for (const { place } of [...problems, ...found]) {
          expect(place.line).toBeGreaterThan(0);
          expect(place.line).toBeLessThanOrEqual(count);
        }
      },
    ),
  );
});
