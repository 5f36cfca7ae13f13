// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { compareDebianVersions } from '../../../lib/images/debian-version.ts';

test('versions are ordered as Debian orders them', () => {
  const ordered = [
    '4.17~rc1-1',
    '4.17-1~bpo11+1',
    '4.17-1',
    '4.17.5+72-g01140da4e8-1',
    '4.17.10-1',
    '4.20.3+127-gc42374a105-0+deb13u1',
    '4.20.3+127-gc42374a105-0+deb13u10',
    '1:0.9-1',
  ];

  expect([...ordered].reverse().sort(compareDebianVersions)).toEqual(ordered);
  expect(compareDebianVersions('1.0', '0:1.0-0')).toBe(0);
});

/** What dpkg says: each pair a line of a script, since a process for each would take long. */
function dpkgOrders(pairs: readonly (readonly [string, string])[]): number[] {
  const compare = (a: string, operator: string, b: string): string =>
    `dpkg --compare-versions '${a}' ${operator} '${b}'`;
  const lines = pairs.map(
    ([a, b]) =>
      `${compare(a, 'lt', b)} && echo -1 || { ${compare(a, 'eq', b)} && echo 0 || echo 1; }`,
  );
  const { stdout } = spawnSync('sh', { input: lines.join('\n'), encoding: 'utf8' });
  return stdout.trim().split('\n').map(Number);
}

const part = fc
  .array(fc.constantFrom('0', '1', '9', '10', '007', '.', '+', '~', 'a', 'Z', 'rc', 'deb'), {
    maxLength: 5,
  })
  .map((pieces) => pieces.join(''));
const version = fc
  .record({
    epoch: fc.constantFrom('', '0:', '1:', '12:'),
    upstream: part,
    revision: part,
    native: fc.boolean(),
  })
  .map(
    ({ epoch, upstream, revision, native }) =>
      `${epoch}1${upstream}${native || revision === '' ? '' : `-${revision}`}`,
  );

test('dpkg agrees, whatever the versions', () => {
  test.skip(spawnSync('dpkg', ['--version']).error !== undefined, 'dpkg is missing');
  const pairs = fc.sample(fc.tuple(version, version), { numRuns: 200, seed: 3 });

  const ours = pairs.map(([a, b]) => Math.sign(compareDebianVersions(a, b)));

  expect(ours).toEqual(dpkgOrders(pairs));
});

test('the order is total: antisymmetric and transitive', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareDebianVersions(a, b))).toBe(
        0 - Math.sign(compareDebianVersions(b, a)),
      );
      const [x = '', y = '', z = ''] = [a, b, c].sort(compareDebianVersions);
      expect(compareDebianVersions(x, y)).toBeLessThanOrEqual(0);
      expect(compareDebianVersions(y, z)).toBeLessThanOrEqual(0);
      expect(compareDebianVersions(x, z)).toBeLessThanOrEqual(0);
    }),
  );
});
