// SPDX-License-Identifier: Apache-2.0
// What is said of mistakes in xl's configurations: what comes of them, and what to write.
import { expect, test } from '@playwright/test';
import type { Finding } from '../../../lib/lint/finding.ts';
import { lint } from '../../../lib/lint/lint.ts';
import { readTexts } from './texts.ts';

const file = (name: string, rest: string): string =>
  `name = "${name}"\nkernel = "/k"\nmemory = 64\n${rest}\n`;
const shm = (text: string): string => `static_shm = [ "${text}" ]`;
const found = (files: Readonly<Record<string, string>>, xen = 'xilinx-4.17'): readonly Finding[] =>
  lint(readTexts(files, xen));

const roleless = 'id=I, begin=0x50000000, size=0x1000';

test('a role is not guessed where nobody else owns the region', () => {
  for (const files of [
    { 'a.cfg': file('a', shm(roleless)) },
    { 'a.cfg': file('a', shm(roleless)), 'b.cfg': file('b', shm(roleless)) },
    // Its own region is not another domain's.
    {
      'a.cfg': file(
        'a',
        `static_shm = [ "${roleless}", "id=I, begin=0x43000000, size=0x1000, role=owner" ]`,
      ),
    },
  ]) {
    const findings = found(files).filter(({ rule }) => rule === 'xl-shm-role');
    expect(findings.length).toBeGreaterThan(0);
    for (const { edit, fix } of findings) {
      expect(edit).toBeUndefined();
      expect(fix).toContain('role=owner');
    }
  }
});

for (const [option, value, consequence] of [
  ['iomem', '"0x70000,1"', 'xl warns and ignores the option: nothing is mapped'],
  ['static_shm', '"id=I"', 'xl warns and ignores the option: nothing is shared'],
  ['llc_colors', '"0-3"', 'xl warns and ignores the option: the domain has the default colours'],
  ['device_tree', '[ "x.dtb" ]', 'xl warns and ignores the option: it is as if it were not there'],
  [
    'memory',
    '99999999999999999999',
    'xl warns and ignores the option: the domain has the default amount',
  ],
  ['memory', '08', 'xl warns and ignores the option: the domain has the default amount'],
  ['name', '[ "x" ]', 'xl creates no domain: "Domain name must be specified."'],
  ['iomem', '[ [ "0x70000,1" ] ]', 'xl creates no domain: it cannot get the element'],
] as const)
  test(`${option} = ${value}: what xl makes of it`, () => {
    const files = { 'a.cfg': `${file('a', '')}${option} = ${value}\n` };
    const values = found(files, '4.20').filter(({ rule }) => rule === 'xl-value');
    expect(values.map((one) => one.consequence)).toEqual([consequence]);
  });

test('a number that is added to is none to xl, and maxmem takes its place', () => {
  const text = `${file('a', '')}memory += 64\nmaxmem = " +0x40"\n`;
  const { domains } = readTexts({ 'a.cfg': text }, '4.20');
  expect(domains.map(({ memory }) => memory?.value)).toEqual([0x400_0000n]);
  expect(found({ 'a.cfg': text }, '4.20').map(({ message }) => message)).toEqual([
    'memory is added to with +=, and xl takes no number from that',
  ]);
});

test('a blank may stand before an attribute', () => {
  const files = { 'a.cfg': file('a', 'iomem = [ "0x70000,1@0x70000, memory" ]') };
  expect(found(files)).toEqual([]);
});

test('a toolstack without static_shm has one finding a file', () => {
  const files = {
    'a.cfg': file('a', `static_shm = [ "${roleless}", "id=J, begin=1, size=0" ]`),
    'b.cfg': file('b', shm('nothing')),
  };
  expect(found(files, '4.20').map(({ rule, where }) => `${where.file} ${rule}`)).toEqual([
    'a.cfg xl-shm-unknown',
    'b.cfg xl-shm-unknown',
  ]);
});

for (const [entry, fix] of [
  ['0x70000000,1@0x50000', 'frames, not bytes: did you mean 0x70000?'],
  ['0x70000800,1@0x50000', 'frames, not bytes'],
  ['0xfffffff,1@0x50000', undefined],
] as const)
  test(`iomem of ${entry}: ${fix ?? 'page frames'}`, () => {
    const bytes = found({ 'a.cfg': file('a', `iomem = [ "${entry}" ]`) });
    expect(bytes.map((one) => one.fix)).toEqual(fix === undefined ? [] : [fix]);
    expect(bytes.every(({ severity, edit }) => severity === 'warning' && edit === undefined)).toBe(
      true,
    );
  });

for (const [words, message] of [
  ['id=, begin=0x43000000, size=0x1000, role=owner', 'id is missing'],
  [
    'id=a-b, begin=0x43000000, size=0x1000, role=owner',
    'id=a-b has other signs than letters, digits and _',
  ],
  [
    'id=a, begin=0x10000000000000000, size=0x1000, role=owner',
    'begin=0x10000000000000000 is no number of bytes',
  ],
] as const)
  test(`static_shm of ${words}: ${message}`, () => {
    expect(found({ 'a.cfg': file('a', shm(words)) }).map((one) => one.message)).toEqual([message]);
  });

test('DOS line ends are one finding of a file', () => {
  const text = file('a', 'iomem = [ "0x70000,1@0x50000" ]').replaceAll('\n', '\r\n');
  expect(found({ 'a.cfg': text })).toMatchObject([{ rule: 'unreadable', fix: 'dos2unix a.cfg' }]);
});

test('entries as Xen 4.12’s manual has them are told what they are now', () => {
  const files = {
    'a.cfg': file('a', shm('id=I, begin=0x43000000, end=0x43002000, role=master')),
    'b.cfg': file('b', shm('id=I, begin=0x50000000, end=0x50002000, role=slave')),
  };
  const said = found(files).map(({ where, rule, message, fix }) => [
    ...[where.file, rule, message.replace(/:.*/, ''), fix],
  ]);

  // Who owns it is known by the old word, too.
  expect(said).toEqual(
    [
      ['a.cfg', 'master', 'owner'],
      ['b.cfg', 'slave', 'borrower'],
    ].flatMap(([at, old, now]) => [
      [at, 'xl-shm-form', '"end" is no key of static_shm', expect.any(String)],
      [at, 'xl-shm-form', 'size is missing', 'write size=0x2000 in place of end='],
      [at, 'xl-shm-role', `role=${old} is now role=${now}`, `write role=${now}`],
    ]),
  );
});

test('where a part of a guest may go is where that guest has nothing', () => {
  const fixOf = (memory: number): string | undefined => {
    const text = file('a', `memory = ${memory}\niomem = [ "0x80000,1@0x41000" ]`);
    return found({ 'a.cfg': text }).find(({ rule }) => rule === 'guest-overlap')?.fix;
  };

  expect(fixOf(64)).toMatch(/, such as 0x50000000$/);
  expect(fixOf(1024)).toMatch(/, such as 0x80000000$/);
  expect(fixOf(3072)).toMatch(/has nothing$/);
});
