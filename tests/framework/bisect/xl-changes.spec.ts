// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import type { Change } from '../../../lib/bisect/change.ts';
import { applyEdits } from '../../../lib/bisect/text-edits.ts';
import { compareXl } from '../../../lib/bisect/xl-changes.ts';
import { plainValue } from '../../../lib/import/xl-config-of.ts';
import { parseXl, settingOf, type XlFile } from '../../../lib/import/xl-syntax.ts';

const parsed = (text: string, file = 'good.cfg'): XlFile => parseXl({ file, text });

function compared(
  good: string,
  bad: string,
): { changes: Change[]; mixed: (...chosen: number[]) => string } {
  const changes: Change[] = [];
  const mixer = compareXl(parsed(good), parsed(bad, 'bad.cfg'), changes);
  return {
    changes,
    mixed: (...chosen) =>
      applyEdits(
        good,
        mixer((one) => chosen.includes(one)),
      ),
  };
}

/** What a file comes to, by its options. */
function saysOf(text: string): Record<string, unknown> {
  const file = parsed(text);
  expect(file.problems).toEqual([]);
  const names = [...new Set(file.settings.map(({ name }) => name))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const value = settingOf(file, name)?.value;
      return [name, value && plainValue(value)];
    }),
  );
}

const atom = fc.constantFrom('1', '"a"', "'b'", '"x y"', '"x=1 y"', '"x=2 z y"', '"\\"q\\""');
const list = fc
  .array(fc.constantFrom('"id=a,size=1"', '"id=a,size=2"', '"id=b,size=1"', '"1,1"'), {
    maxLength: 3,
  })
  .chain((items) =>
    fc.constantFrom(
      `[ ${items.join(', ')} ]`,
      `[\n  ${items.join(',\n  ')}\n]`,
      `[${items.join()}]`,
    ),
  );
const line = fc.oneof(
  fc
    .tuple(fc.constantFrom('name', 'extra', 'memory'), atom)
    .map(([name, value]) => `${name} = ${value}`),
  fc.tuple(fc.constantFrom('static_shm', 'iomem'), list).map(([name, value]) => `${name}=${value}`),
  fc.constantFrom('# a comment', '', 'vcpus = 2 # two', 'a = 1; b = 2'),
);
const config = fc
  .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom('', '\n'))
  // xl reads no file that ends in a comment.
  .map(([lines, end]) => lines.join('\n') + (lines.at(-1)?.includes('#') === true ? '\n' : end));

test('none of the changes is the good file as it is written, all of them say what the bad one says', () => {
  fc.assert(
    fc.property(config, config, (good, bad) => {
      const { changes, mixed } = compared(good, bad);
      expect(mixed()).toBe(good);
      expect(saysOf(mixed(...changes.keys()))).toEqual(saysOf(bad));
    }),
  );
});

test('every mixture can be read', () => {
  const choices = fc.array(fc.boolean(), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(config, config, choices, (good, bad, chosen) => {
      const { changes, mixed } = compared(good, bad);
      const some = [...changes.keys()].filter((number) => chosen[number % 20]);
      expect(parsed(mixed(...some)).problems).toEqual([]);
    }),
  );
});

const good = `# the radar
name = "radar"
memory = 64          # MiB
extra = "console=ttyAMA0 quiet"
static_shm = [
  "id=frames, begin=0x48000000, size=0x1000",   # first
  "id=health, begin=0x48100000, size=0x1000",
]
iomem = [ "0xff010,1", "0xff020,1" ]
on_crash = "preserve"
`;

test('keys, entries of lists and arguments are changes of their own, with where they are written', () => {
  const bad = good
    .replace('64 ', '0x80 ')
    .replace('quiet', 'loglevel=8')
    .replace('0x48100000', '0x48200000')
    .replace(', "0xff020,1"', ', "0xff020,2", "0xff030,1"')
    .replace('on_crash = "preserve"\n', 'vcpus = 2\n');

  const { changes } = compared(good, bad);

  expect(
    changes.map(({ kind, what, good: from, bad: to }) => [
      `${kind}: ${what}`,
      from?.place?.line,
      to?.place?.line,
    ]),
  ).toEqual([
    ['key changed: memory', 3, 3],
    ['argument added: extra', 4, 4],
    ['argument removed: extra', 4, 4],
    ['entry changed: static_shm', 7, 7],
    ['entry changed: iomem', 9, 9],
    ['entry added: iomem', 9, 9],
    ['key added: vcpus', undefined, 10],
    ['key removed: on_crash', 10, undefined],
  ]);
});

test('a change is told alone, in the words of the user, and nothing else of the line with it', () => {
  const { changes } = compared(
    good,
    good.replace('64 ', '96 ').replace('"0xff010,1", "0xff020,1"', '"0xff020,1", "0xff030,1"'),
  );

  expect(changes.map(({ hunk }) => hunk?.slice(2))).toEqual([
    ['@@ -3 +3 @@', '-memory = 64          # MiB', '+memory = 96          # MiB'],
    ['@@ -9 +9 @@', '-iomem = [ "0xff010,1", "0xff020,1" ]', '+iomem = [ "0xff020,1" ]'],
    [
      '@@ -9 +9 @@',
      '-iomem = [ "0xff010,1", "0xff020,1" ]',
      '+iomem = [ "0xff010,1", "0xff020,1", "0xff030,1" ]',
    ],
  ]);
});

test('a removed entry of a list on several lines takes its line with it', () => {
  const { changes, mixed } = compared(
    good,
    good.replace('  "id=health, begin=0x48100000, size=0x1000",\n', ''),
  );

  expect(changes[0]?.hunk?.at(-1)).toBe('-  "id=health, begin=0x48100000, size=0x1000",');
  expect(saysOf(mixed(0))['static_shm']).toHaveLength(1);
});

test('what is only written in another way is no change', () => {
  const { changes } = compared(
    'memory = 64\nextra = "a b"\niomem = [ "1,1", ]\n',
    "# as it was\niomem=['1,1']; memory='64'\nextra = 'a b'",
  );

  expect(changes).toEqual([]);
});

test('an option that is assigned twice is two', () => {
  const { changes, mixed } = compared(
    'iomem = [ "1,1" ]\niomem += [ "2,1" ]\n',
    'iomem = [ "1,1" ]\niomem += [ "2,2" ]\n',
  );

  expect(changes.map(({ kind }) => kind)).toEqual(['entry changed']);
  expect(mixed(0)).toBe('iomem = [ "1,1" ]\niomem += [ "2,2" ]\n');
});
