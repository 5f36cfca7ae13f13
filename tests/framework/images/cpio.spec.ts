// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { type CpioEntry, writeCpio } from '../../../lib/images/cpio.ts';
import { failureOf } from './failure-of.ts';

interface Member {
  readonly path: string;
  readonly mode: number;
  readonly owner: readonly [number, number];
  readonly time: number;
  readonly device: readonly [number, number];
  readonly content: string;
}

/** Reads an archive as its definition says, so that the writer is not held against itself. */
function members(archive: Buffer): Member[] {
  const found: Member[] = [];
  for (let at = 0; at < archive.length;) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [size, nameSize] = [field(6), field(11)];
    const path = archive.toString('latin1', at + 110, at + 110 + nameSize - 1);
    const start = (at + 110 + nameSize + 3) & ~3;
    found.push({
      path,
      mode: field(1),
      owner: [field(2), field(3)],
      time: field(5),
      device: [field(9), field(10)],
      content: archive.toString('latin1', start, start + size),
    });
    at = (start + size + 3) & ~3;
  }
  return found;
}

const entries: readonly CpioEntry[] = [
  { path: 'usr/bin/program', kind: 'file', mode: 0o755, content: 'seven b' },
  { path: 'bin', kind: 'link', content: 'usr/bin' },
  { path: 'dev/console', kind: 'character-device', device: [5, 1] },
];

test('every entry comes back with its type, permissions, content and device', () => {
  const read = members(writeCpio(entries));
  const of = (path: string): Member | undefined => read.find((member) => member.path === path);

  expect(of('usr/bin/program')).toMatchObject({ mode: 0o100755, content: 'seven b' });
  expect(of('bin')).toMatchObject({ mode: 0o120777, content: 'usr/bin' });
  expect(of('dev/console')).toMatchObject({ mode: 0o020600, device: [5, 1] });
  expect(read.at(-1)?.path).toBe('TRAILER!!!');
});

test('directories come before what is in them, the root first, whoever names them', () => {
  const paths = members(writeCpio(entries)).map(({ path }) => path);

  expect(paths).toEqual([
    '.',
    'bin',
    'dev',
    'dev/console',
    'usr',
    'usr/bin',
    'usr/bin/program',
    'TRAILER!!!',
  ]);
});

test('the same entries give the same bytes in any order, owned by root and of no time', () => {
  const archive = writeCpio(entries);

  expect(writeCpio([...entries].reverse()).equals(archive)).toBe(true);
  expect(members(archive).every(({ owner, time }) => owner.join() === '0,0' && time === 0)).toBe(
    true,
  );
});

test('a path that comes twice, or lies outside, is refused by name', async () => {
  const twice = await failureOf(() => writeCpio([...entries, { path: 'bin', kind: 'directory' }]));
  const outside = await failureOf(() => writeCpio([{ path: '../etc', kind: 'directory' }]));

  expect(twice.message).toContain('bin comes twice');
  expect(outside.message).toContain('"../etc" is not a path below the root');
});
