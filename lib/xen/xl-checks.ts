// SPDX-License-Identifier: Apache-2.0
import { contains, describeRange, findOverlaps, type Range } from '../memory/ranges.ts';
import { MisuseError } from '../support/errors.ts';
import { formatBytes, hex, MiB, PAGE } from '../support/units.ts';
import { guestDevices, guestRam } from './guest-layout.ts';
import { iomemText, type XlConfig, type XlIomem, type XlStaticShm } from './xl-config.ts';

/** What a domain's configuration gives as values; texts are the author's own affair. */
const valuesOf = <T extends object>(list: readonly (T | string)[] | undefined): T[] =>
  (list ?? []).filter((entry): entry is T => typeof entry !== 'string');

const unaligned = (value: bigint | number): boolean => BigInt(value) % BigInt(PAGE) !== 0n;

/** What of `fields` is not on a page boundary. */
function checkAlignment(
  at: string,
  fields: Readonly<Record<string, bigint | number | undefined>>,
): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value !== undefined && unaligned(value)
      ? [`${at}.${name}: ${hex(value)} is not a multiple of 4 KiB`]
      : [],
  );
}

function checkIomem(at: string, iomem: XlIomem): string[] {
  const { hostAddress, size, guestAddress } = iomem;
  const none = size <= 0 ? [`${at}.size: is ${size}, there is nothing to map`] : [];
  return [...none, ...checkAlignment(at, { hostAddress, size, guestAddress })];
}

function checkShm(at: string, shm: XlStaticShm, ram: readonly Range[]): string[] {
  const { id, begin, size, offset, role = 'borrower', cachePolicy } = shm;
  const own = shmRange(shm);
  const faults = checkAlignment(at, { begin, size, offset });
  if (size <= 0) faults.push(`${at}.size: is ${size}, there is nothing to share`);
  if (!/^\w{1,128}$/.test(id))
    faults.push(`${at}.id: "${id}" is not 1 to 128 letters, digits or "_"`);
  if (role === 'owner' && offset !== undefined)
    faults.push(`${at}.offset: is a borrower's: an owner's region begins where it begins`);
  if (role === 'borrower' && cachePolicy !== undefined)
    faults.push(`${at}.cachePolicy: is the owner's to say`);
  if (role === 'owner' && !ram.some((bank) => contains(bank, own)))
    faults.push(
      `${at}: ${describeRange(own)} is not in the owner's ${ram.map(describeRange).join(', ')}`,
    );
  return faults;
}

const shmRange = ({ id, begin, size }: XlStaticShm): Range => ({
  name: `static_shm ${id}`,
  start: begin,
  size: BigInt(size),
});

const iomemRange = (iomem: XlIomem): Range => ({
  name: `iomem ${iomemText(iomem)}`,
  start: iomem.guestAddress ?? iomem.hostAddress,
  size: BigInt(iomem.size),
});

function checkDomain(config: XlConfig): string[] {
  const { name, memory } = config;
  const iomem = valuesOf(config.iomem);
  const shm = valuesOf(config.staticShm);
  const ram = guestRam(memory);
  const ids = shm.map(({ id }) => id);
  // An owner shares its own RAM: everything else must be where nothing is.
  const own = shm.filter(({ role }) => role === 'owner').map(shmRange);
  const added = [
    ...iomem.map(iomemRange),
    ...shm.filter(({ role }) => role !== 'owner').map(shmRange),
  ];
  const clashes = findOverlaps([...added, ...own, ...ram, ...guestDevices])
    .filter(([a, b]) => added.includes(a) || (own.includes(a) && own.includes(b)))
    .map(([a, b]) => `${name}: ${describeRange(a)} overlaps ${describeRange(b)}`);
  return [
    ...(memory <= 0 || memory % MiB(1) !== 0
      ? [`${name}.memory: ${formatBytes(memory)} is not a whole number of MiB`]
      : []),
    ...iomem.flatMap((entry, index) => checkIomem(`${name}.iomem[${index}]`, entry)),
    ...shm.flatMap((entry, index) => checkShm(`${name}.staticShm[${index}]`, entry, ram)),
    ...ids
      .filter((id, index) => ids.indexOf(id) !== index)
      .map((id) => `${name}.staticShm: has the id ${id} twice`),
    ...clashes,
  ];
}

interface Use extends XlStaticShm {
  readonly domain: string;
}

/** What is wrong between the domains that name one id. */
function checkId(id: string, uses: readonly Use[]): string[] {
  const owners = uses.filter(({ role }) => role === 'owner');
  const borrowers = uses.filter(({ role }) => role !== 'owner');
  const named = (list: readonly Use[]): string => list.map(({ domain }) => domain).join(', ');
  const [owner] = owners;
  if (owner === undefined)
    return [`static_shm ${id}: ${named(uses)} borrows it and nobody owns it`];
  if (owners.length > 1)
    return [`static_shm ${id}: has ${owners.length} owners (${named(owners)})`];
  return borrowers.flatMap(({ domain, offset = 0, size }) =>
    offset + size > owner.size
      ? [
          `static_shm ${id}: ${domain} borrows up to ${hex(offset + size)}, the owner's region` +
            ` (${owner.domain}) ends at ${hex(owner.size)}`,
        ]
      : [],
  );
}

/** All that is wrong with domains that are to run together, a sentence each. */
export function findXlFaults(configs: readonly XlConfig[]): string[] {
  const uses = configs.flatMap(({ name, staticShm }) =>
    valuesOf(staticShm).map((shm): Use => ({ ...shm, domain: name })),
  );
  const ids = [...new Set(uses.map(({ id }) => id))];
  const names = configs.map(({ name }) => name);
  return [
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `${name}: is the name of two domains`),
    ...configs.flatMap(checkDomain),
    ...ids.flatMap((id) =>
      checkId(
        id,
        uses.filter((use) => use.id === id),
      ),
    ),
  ];
}

/**
 * Everything that is wrong with the configurations of domains that are to run together, and that
 * `xl` refuses late, or accepts in silence.
 * @throws MisuseError with all of it.
 */
export function checkXlConfigs(configs: readonly XlConfig[]): void {
  const faults = findXlFaults(configs);
  if (faults.length === 0) return;
  throw new MisuseError({
    who: 'xl configuration',
    what: `${faults.length === 1 ? 'one fault' : `${faults.length} faults`}, no domain was created`,
    where: faults.join('\n'),
    remedy: 'correct what is named',
  });
}
