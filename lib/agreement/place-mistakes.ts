// SPDX-License-Identifier: Apache-2.0
import { cells, cells64, property, regOf, setProperty } from '../dt/index.ts';
import { PAGE } from '../support/units.ts';
import {
  everySide,
  inDomain,
  inOne,
  inShm,
  isDomain,
  isShm,
  type Mistake,
  withRegion,
} from './mistake.ts';

const hasStatic: typeof isDomain = (node) =>
  isDomain(node) && property(node, 'xen,static-mem') !== undefined;

/** Mistakes in how much there is, and where in the host. */
export const placeMistakes: readonly Mistake[] = [
  {
    mistake: 'more memory than the host has',
    rule: 'domain-memory',
    besides: ['guest-overlap'],
    apply: inOne(
      (node) => isDomain(node) && !hasStatic(node),
      (node, { number }) => setProperty(node, 'memory', cells64(0x10_0000 + 4 * (1 + number))),
    ),
  },
  {
    mistake: 'memory off the page',
    rule: 'domain-memory',
    apply: inOne(
      (node) => isDomain(node) && !hasStatic(node),
      (node, { number }) =>
        setProperty(node, 'memory', cells64(0x8000 + 4 * (number % 64) + 1 + (number % 3))),
    ),
  },
  {
    mistake: 'cpus of 0',
    rule: 'domain-cpus',
    apply: inDomain((node) => setProperty(node, 'cpus', cells(0))),
  },
  {
    mistake: 'static memory that is no RAM',
    rule: 'host-not-ram',
    besides: ['host-overlap'],
    apply: inOne(hasStatic, (node, { number }) => {
      const [bank] = regOf(node, 2, 2, 'xen,static-mem');
      const start = 0x1_0000_0000n + BigInt(number) * BigInt(PAGE);
      return setProperty(node, 'xen,static-mem', cells64(start, bank?.size ?? 0n));
    }),
  },
  {
    mistake: 'static memory off the page',
    rule: 'static-memory-alignment',
    besides: ['host-overlap'],
    apply: inOne(hasStatic, (node, { number }) => {
      const [bank] = regOf(node, 2, 2, 'xen,static-mem');
      const start = (bank?.address ?? 0n) + BigInt(1 + (number % 4095));
      return setProperty(node, 'xen,static-mem', cells64(start, bank?.size ?? 0n));
    }),
  },
  {
    mistake: 'a direct-mapped domain that sees a region elsewhere',
    rule: 'shm-direct-map',
    apply: inOne(
      (node) => hasStatic(node) && node.children.some(isShm),
      (node) => setProperty(node, 'direct-map', true),
    ),
  },
  {
    mistake: 'a host address off the page',
    rule: 'shm-alignment',
    besides: ['host-overlap'],
    apply: everySide(({ number }) => 0x6800_0000n + BigInt(1 + (number % 4095))),
  },
  {
    mistake: 'a region that reaches beyond the RAM',
    rule: 'host-not-ram',
    besides: ['host-overlap'],
    apply: everySide((_choice, _tree, size) => 0x8000_0000n - size + BigInt(PAGE)),
  },
  {
    mistake: 'a guest address of 2^44',
    rule: 'guest-beyond',
    apply: inShm(
      withRegion((numbers, { number }) =>
        numbers.with(-2, (1n << 44n) + BigInt(number) * BigInt(PAGE)),
      ),
    ),
  },
];
