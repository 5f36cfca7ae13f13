// SPDX-License-Identifier: Apache-2.0
// What --fix does: each edit takes its finding away and changes nothing else.
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { difference, type DtNode, find, removeProperty, setNode } from '../../../lib/dt/index.ts';
import { xlConfigOf } from '../../../lib/import/xl-config-of.ts';
import { describeMended, mend } from '../../../lib/lint/edits.ts';
import type { Finding } from '../../../lib/lint/finding.ts';
import { lint } from '../../../lib/lint/lint.ts';
import { rules, type RuleName } from '../../../lib/lint/rules.ts';
import { hostTree, readTexts } from './texts.ts';

type Files = Readonly<Record<string, string>>;

const findingsIn = (files: Files, xen: string): readonly Finding[] => lint(readTexts(files, xen));

function mended(files: Files, xen: string): Files {
  const configuration = readTexts(files, xen);
  const changed = mend(lint(configuration), configuration.texts);
  return {
    ...files,
    ...Object.fromEntries(changed.map(({ source, text }) => [source.file, text])),
  };
}

const domain = (line: string): Files => ({
  'a.cfg': `# the camera\nname = "a"   # as xl list has it\nmemory = 64\nkernel = "/k"\n${line}\nusb = [ "x" ] # kept\n`,
});
const owned = (rest: string): Files => ({
  ...domain(`static_shm = [ "id=I, begin=0x43000000, size=0x1000, role=owner" ]`),
  'b.cfg': `name = "b"\nkernel = "/k"\nmemory = 64\nstatic_shm = [ "${rest}" ]\n`,
});

/** What is wrong, the file with it, the rule, and the line as it is to be. */
const cases: readonly (readonly [string, Files, RuleName, string, string])[] = [
  [
    'an attribute without a guest frame',
    domain('iomem = [ "0x70000,1,memory" ]'),
    'iomem-form',
    'iomem = [ "0x70000,1@0x70000,memory" ]',
    'a.cfg',
  ],
  [
    'an attribute behind bare digits',
    domain('iomem = [ "7f000,0x2,devmem" ]'),
    'iomem-form',
    'iomem = [ "7f000,0x2@0x7f000,devmem" ]',
    'a.cfg',
  ],
  [
    'one value where a list is wanted',
    domain('iomem = "0x70000,1"'),
    'xl-value',
    'iomem = [ "0x70000,1" ]',
    'a.cfg',
  ],
  [
    'the policy of the manual’s examples',
    domain(
      'static_shm = [ "id=I, begin=0x43000000, size=0x1000, role=owner, cache_policy=x86_normal" ]',
    ),
    'xl-shm-form',
    'static_shm = [ "id=I, begin=0x43000000, size=0x1000, role=owner, cache_policy=ARM_normal" ]',
    'a.cfg',
  ],
  [
    'a role that is missing',
    owned('id=I, begin=0x50000000, size=0x1000'),
    'xl-shm-role',
    'static_shm = [ "id=I, begin=0x50000000, size=0x1000, role=borrower" ]',
    'b.cfg',
  ],
  [
    'a role of the manual’s examples',
    owned('id=I, begin=0x50000000, size=0x1000, role = slave'),
    'xl-shm-role',
    'static_shm = [ "id=I, begin=0x50000000, size=0x1000, role = borrower" ]',
    'b.cfg',
  ],
  [
    'a role in capitals',
    { 'host.dts': hostTree.replace('role = "borrower"', 'role = "Borrower"') },
    'shm-role',
    'role = "borrower"',
    'host.dts',
  ],
  [
    'cells without their high halves',
    {
      'host.dts': hostTree.replaceAll(
        '<0 0x70000000 0 0x50000000 0 0x1000>',
        '<0x70000000 0x50000000 4096>',
      ),
    },
    'shm-cells',
    '<0x0 0x70000000  0x0 0x50000000  0x0 4096>',
    'host.dts',
  ],
  [
    'memory in one cell',
    { 'host.dts': hostTree.replace('memory = <0 0x8000>', 'memory = < 32768 >') },
    'domain-memory',
    'memory = <0x0 32768>',
    'host.dts',
  ],
  [
    'an event channel of the documentation',
    { 'host.dts': hostTree.replaceAll('"xen,evtchn-v1"', '"xen,evtchn"') },
    'evtchn-compatible',
    '"xen,evtchn-v1"',
    'host.dts',
  ],
];

for (const [title, files, rule, line, file] of cases) {
  test(`${title}: mended, and nothing else is changed`, () => {
    const before = findingsIn(files, 'xilinx-4.17');
    expect(before.map((one) => one.rule)).toContain(rule);
    const after = mended(files, 'xilinx-4.17');
    expect(after[file]).toContain(line);
    // Without what was mended, both are the same: findings, comments, lines, values.
    expect(findingsIn(after, 'xilinx-4.17').map((one) => one.rule)).toEqual(
      before.map((one) => one.rule).filter((one) => one !== rule && one !== 'evtchn-pair'),
    );
    const lines = (text = ''): string[] => text.split('\n');
    const changed = lines(after[file]).filter((one, index) => one !== lines(files[file])[index]);
    expect(lines(after[file])).toHaveLength(lines(files[file]).length);
    expect(changed.length).toBe(before.filter((one) => one.edit !== undefined).length);
    expect(mended(after, 'xilinx-4.17')).toEqual(after);
  });
}

test('every rule that says what is mended has such a case, and no other rule has an edit', () => {
  const said = Object.entries(rules).flatMap(([name, text]) => ('mended' in text ? [name] : []));
  expect([...new Set(cases.map(([, , rule]) => rule))].toSorted()).toEqual(said.toSorted());
});

test('an attribute that this xl does not know is not mended', () => {
  const files = domain('iomem = [ "0x70000,1,memory" ]');
  expect(mended(files, '4.20')).toEqual(files);
});

for (const [title, from, to] of [
  [
    'a comment in it',
    '<0 0x70000000 0 0x50000000 0 0x1000>',
    '<0x70000000 /* host */ 0x50000000 0x1000>',
  ],
  ['a comment behind it', '"borrower"', '"Borrower" /* not yet */'],
  [
    'numbers off the page',
    '<0 0x70000000 0 0x50000000 0 0x1000>',
    '<0x70000000 0x50000001 0x1000>',
  ],
  ['a high half', '<0 0x70000000 0 0x50000000 0 0x1000>', '<0 0x50000000 0x1000>'],
  [
    'five cells',
    '<0 0x70000000 0 0x50000000 0 0x1000>',
    '<0x70000000 0x1000 0x50000000 0x10 0x20>',
  ],
  ['an expression', '<0 0x70000000 0 0x50000000 0 0x1000>', '<(0x1000 * 2) 0x50000000 0x1000>'],
] as const) {
  test(`a value with ${title} is not touched`, () => {
    const files = { 'host.dts': hostTree.replaceAll(from, to) };
    expect(findingsIn(files, '4.20').some(({ rule }) => /^shm-(?:cells|role)$/.test(rule))).toBe(
      true,
    );
    expect(mended(files, '4.20')).toEqual(files);
  });
}

const page = fc.integer({ min: 1, max: 0xf_ffff }).map((frame) => frame * 0x1000);

test('whatever the numbers: mended cells are the same numbers, and the tree is else the same', () => {
  fc.assert(
    fc.property(
      page,
      page,
      page,
      fc.boolean(),
      fc.boolean(),
      (host, guest, size, heap, decimal) => {
        const numbers = (heap ? [guest, size] : [host, guest, size]).map((one) =>
          decimal ? String(one) : `0x${one.toString(16)}`,
        );
        const text = hostTree.replaceAll(
          '<0 0x70000000 0 0x50000000 0 0x1000>',
          `<${numbers.join(' ')}>`,
        );
        const [before, after] = [text, mended({ 'host.dts': text }, '4.20')['host.dts'] ?? ''].map(
          (one) => readTexts({ 'host.dts': one }).hosts[0],
        );
        const regions = after?.domains.flatMap(({ sharedMemory }) =>
          sharedMemory.map(({ region }) => region),
        );
        expect(regions).toEqual(
          [0, 1].map(() => ({
            host: heap ? undefined : BigInt(host),
            guest: BigInt(guest),
            size: BigInt(size),
          })),
        );
        const bare = (tree: typeof before): DtNode | undefined => {
          const root = tree?.source.tree.root;
          return (
            root &&
            ['/chosen/one/shm', '/chosen/two/shm'].reduce(
              (node, path) => setNode(node, path, (shm) => removeProperty(shm, 'xen,shared-mem')),
              root,
            )
          );
        };
        const [one, other] = [bare(before), bare(after)];
        expect(one && other && difference(one, other)).toEqual([]);
        expect(
          find(
            after?.source.tree ?? { root: {} as DtNode, reservations: [], bootCpu: 0 },
            '/chosen/one/shm',
          ),
        ).toBeDefined();
      },
    ),
    { numRuns: 50 },
  );
});

test('whatever stands around it: a mended entry is what was meant, and all else is the same', () => {
  const frame = fc.integer({ min: 1, max: 0xf_ffff });
  fc.assert(
    fc.property(
      frame,
      frame,
      fc.constantFrom('memory', 'devmem'),
      fc.array(fc.stringMatching(/^[ -!#-~]{0,12}$/), { maxLength: 3 }),
      (host, count, word, others) => {
        const more = others.map((one) => `"${one.replaceAll('\\', '/')}"`).join(', ');
        const files = domain(
          `usbdev = [ ${more} ]\niomem = [ "${host.toString(16)},${count.toString(16)},${word}" ]`,
        );
        const [before, after] = [files, mended(files, 'xilinx-4.17')].map((one) => {
          const [read] = readTexts(one, 'xilinx-4.17').domains;
          if (read === undefined) throw new Error('no domain');
          return xlConfigOf(read);
        });
        const at = BigInt(host) * 0x1000n;
        expect(after).toEqual({
          ...before,
          iomem: [{ hostAddress: at, size: count * 0x1000, guestAddress: at, as: word }],
        });
      },
    ),
    { numRuns: 100 },
  );
});

test('what would change is shown as patch takes it', () => {
  const files = {
    ...domain('iomem = "0x70000,1"; iomem += "x"'),
    'b.cfg': 'static_shm = "id=I"\nmemory = 64\n\niomem = "0x1,1"\n',
  };
  const configuration = readTexts(files, 'xilinx-4.17');
  const shown = mend(lint(configuration), configuration.texts).map(describeMended).join('');
  expect(shown).toContain(`--- b.cfg
+++ b.cfg
@@ -1,1 +1,1 @@
-static_shm = "id=I"
+static_shm = [ "id=I" ]
@@ -4,1 +4,1 @@
-iomem = "0x1,1"
+iomem = [ "0x1,1" ]
`);
});
