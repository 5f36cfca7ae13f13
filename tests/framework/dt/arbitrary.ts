// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import type { DeviceTree, DtNode, Property, Reservation } from '../../../lib/dt/index.ts';

const letters = 'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789,._+-';
const word = (maxLength: number, beyond = ''): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(letters + beyond)), minLength: 1, maxLength });

// The tails and prefixes of one another: where a strings block can go wrong. dtc gives meaning to
// `name` and `phandle`; they are left out, so that it takes any value.
const propertyName = fc
  .oneof(
    word(12, '*#?'),
    fc.constantFrom('reg', '#reg', 'x-reg', 'g', 'compatible', 'status', 'ranges'),
  )
  .filter((name) => !['name', 'phandle', 'linux,phandle'].includes(name));

const nodeName = fc
  .oneof(word(8), fc.constantFrom('cpu', 'memory'))
  .chain((base) => fc.option(word(6)).map((unit) => (unit === null ? base : `${base}@${unit}`)));

const text = fc.string({ unit: 'binary-ascii', maxLength: 12 }).map((s) => `${s}\0`);

const value: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 24 }),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Uint8Array.from([...bytes, ...bytes])),
  fc.array(text, { maxLength: 3 }).map((parts) => new TextEncoder().encode(parts.join(''))),
  fc.constant(new Uint8Array(0)),
);

const property: fc.Arbitrary<Property> = fc.record(
  { name: propertyName, value },
  { noNullPrototype: true },
);

const byName = { selector: (item: { name: string }) => item.name };

function nodeOf(name: fc.Arbitrary<string>, below: number): fc.Arbitrary<DtNode> {
  const children =
    below === 0
      ? fc.constant([])
      : fc.uniqueArray(nodeOf(nodeName, below - 1), { maxLength: 3, ...byName });
  const properties = fc.uniqueArray(property, { maxLength: 5, ...byName });
  return fc.record({ name, properties, children }, { noNullPrototype: true });
}

const reservation: fc.Arbitrary<Reservation> = fc
  .tuple(fc.bigInt(0n, (1n << 64n) - 1n), fc.bigInt(1n, 1n << 40n))
  .map(([address, size]) => ({
    address,
    size: address + size > 1n << 64n ? (1n << 64n) - address : size,
  }));

/** Roots with up to three levels of children below. */
export const arbitraryRoot = nodeOf(fc.constant(''), 3);

/** Whole trees: everything a blob can say. */
export const arbitraryTree: fc.Arbitrary<DeviceTree> = fc.record(
  {
    root: arbitraryRoot,
    reservations: fc.array(reservation, { maxLength: 3 }),
    bootCpu: fc.nat(0xffff_ffff),
  },
  { noNullPrototype: true },
);
