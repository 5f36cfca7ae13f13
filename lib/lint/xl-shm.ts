// SPDX-License-Identifier: Apache-2.0
import { type ImportedShm, numberOf, type XlDomain } from '../import/xl-domain.ts';
import { contains, describeRange, overlaps, type Range } from '../memory/ranges.ts';
import { hex, isAligned, PAGE } from '../support/units.ts';
import { xlValueText } from '../xen/xl-config.ts';
import { guestRam } from '../xen/guest-layout.ts';
import type { Finding } from './finding.ts';
import type { LintTarget } from './target.ts';
import { error, isOwner, type Use } from './xl-shm-finding.ts';
import { checkId, checkOrder, checkTwice } from './xl-shm-together.ts';

/** Xen 4.12's manual has `end=`, which is the first address behind the region. */
function howToAdd({ begin, text }: ImportedShm, key: string): string {
  const end = numberOf(/(?:^|,)\s*end\s*=\s*(\w+)\s*(?:,|$)/.exec(text)?.[1]);
  if (key !== 'size' || begin === undefined || end === undefined || end <= begin)
    return `add ${key}=`;
  return `write size=${hex(end - begin)} in place of end=`;
}

/** What an entry has to have; an empty id is none. */
function checkThere(shm: ImportedShm): Finding[] {
  const { words, id } = shm;
  return ['id', 'begin', 'size']
    .filter((key) => !words.has(key) || (key === 'id' && id === undefined))
    .map((key) => error(shm, 'xl-shm-form', `${key} is missing`, howToAdd(shm, key)));
}

/** What Xen 4.12's manual calls them (xl-static-shm-configuration(5)). */
const oldRoles: Readonly<Record<string, string>> = { master: 'owner', slave: 'borrower' };

const newRole = (role: string): string | undefined =>
  Object.hasOwn(oldRoles, role) ? oldRoles[role] : undefined;

function checkOldRole(
  shm: ImportedShm,
  role: string,
  edit: (changed: string) => Pick<Finding, 'edit'>,
): Finding {
  const now = newRole(role);
  if (now === undefined)
    return error(
      shm,
      'xl-shm-role',
      `role=${role} is no role: owner and borrower are`,
      'write role=owner or role=borrower',
    );
  return {
    ...error(shm, 'xl-shm-role', `role=${role} is now role=${now}`, `write role=${now}`),
    ...edit(shm.text.replace(/\b(role\s*=\s*)\w+/, `$1${now}`)),
  };
}

const editOf =
  (file: string, { start, end }: ImportedShm['span']) =>
  (changed: string): Pick<Finding, 'edit'> => ({
    edit: { file, start, end, text: xlValueText(changed) },
  });

function checkWords(use: Use, owned: boolean, ported: boolean): Finding[] {
  const { shm, domain } = use;
  const { file } = domain.file.source;
  const { id, words, role, text, span } = shm;
  const edit = editOf(file, span);
  const found = shm.faults.map((fault) =>
    error(shm, 'xl-shm-form', fault, 'write "id=…, begin=…, size=…, role=…"'),
  );
  found.push(...checkThere(shm));
  if (role === undefined)
    found.push({
      ...error(
        shm,
        'xl-shm-role',
        'role is missing',
        owned || id === undefined
          ? 'add role=owner or role=borrower'
          : `add role=owner: nobody owns ${id}, and one domain has to`,
      ),
      severity: 'warning',
      consequence: 'a borrower by the manual; some toolstacks refuse it',
      ...(owned && shm.faults.length === 0 && edit(`${text.trimEnd()}, role=borrower`)),
    });
  else if (role !== 'owner' && role !== 'borrower') found.push(checkOldRole(shm, role, edit));
  else if (!ported && role !== words.get('role'))
    found.push(
      error(
        shm,
        'xl-shm-role',
        `role=${words.get('role') ?? ''}`,
        'write role=owner or role=borrower',
      ),
    );
  return [...found, ...checkValues(use, ported)];
}

/** Words that the role, or the architecture, does not take. */
function checkValues({ shm, domain }: Use, ported: boolean): Finding[] {
  const { words, role, text, span } = shm;
  const { file } = domain.file.source;
  const edit = editOf(file, span);
  const found: Finding[] = [];
  if (role === 'owner' && words.has('offset'))
    found.push(
      error(shm, 'xl-shm-role', 'an owner has an offset', 'take offset= away: it is a borrower’s'),
    );
  if (role === 'borrower' && words.has('cache_policy'))
    found.push(
      error(shm, 'xl-shm-role', 'a borrower has a cache_policy', 'take it away: it is the owner’s'),
    );
  const policy = words.get('cache_policy');
  if (
    policy !== undefined &&
    (ported ? policy.toLowerCase() !== 'arm_normal' : policy !== 'ARM_normal')
  )
    found.push({
      ...error(
        shm,
        'xl-shm-form',
        `cache_policy=${policy}, and Arm has ARM_normal alone`,
        'write cache_policy=ARM_normal',
      ),
      // The manual's own examples have it.
      ...(policy === 'x86_normal' && edit(text.replace('x86_normal', 'ARM_normal'))),
    });
  const prot = words.get('prot');
  if (prot !== undefined && prot !== 'rw')
    found.push(error(shm, 'xl-shm-form', `prot=${prot}, and there is rw alone`, 'write prot=rw'));
  return found;
}

function checkRange(shm: ImportedShm, domain: XlDomain): Finding[] {
  const { begin, size, offset, role, id = '' } = shm;
  const found: Finding[] = [];
  for (const [key, value] of Object.entries({ begin, size, offset }))
    if (value !== undefined && !isAligned(value, PAGE))
      found.push(
        error(
          shm,
          'xl-shm-range',
          `${key}=${hex(value)} is no multiple of 4 KiB`,
          'write a multiple of 0x1000',
        ),
      );
  if (size === 0n) found.push(error(shm, 'xl-shm-range', 'size=0', 'write how much is shared'));
  const memory = domain.memory?.value;
  if (role !== 'owner' || begin === undefined || size === undefined || memory === undefined)
    return found;
  const own = { name: `static_shm ${id}`, start: begin, size };
  const ram = guestRam(Number(memory));
  if (!ram.some((bank) => contains(bank, own)))
    found.push(
      error(
        shm,
        'xl-shm-range',
        `${describeRange(own)} is not in the owner's ${ram.map(describeRange).join(', ')}`,
        'an owner shares its own RAM: choose an address in it',
        'xl refuses the owner, or, by version, creates it and no borrower can map it',
      ),
    );
  return found;
}

/** Where the ported libxl has no memory mapped (xen/include/public/arch-arm.h). */
const keptByLibxl: readonly Range[] = [
  { name: 'the PCI host bridge', start: 0x1000_0000n, size: 0x1000_0000n },
  { name: 'ACPI’s tables', start: 0x2000_0000n, size: 0x200_0000n },
  { name: 'the memory of PCI devices', start: 0x2300_0000n, size: 0x1000_0000n },
];

/** What the ported libxl holds a borrower's place against, besides what a guest has there. */
function checkPlace(shm: ImportedShm): Finding[] {
  const { begin, size, role, id = '' } = shm;
  if (begin === undefined || size === undefined) return [];
  const here = { name: `static_shm ${id}`, start: begin, size };
  const beyond = begin + size > 1n << 40n;
  return [
    ...keptByLibxl
      .filter((one) => role !== 'owner' && overlaps(here, one))
      .map((one) =>
        error(
          shm,
          'guest-overlap',
          `${describeRange(here)} overlaps ${describeRange(one)}`,
          'choose a guest address where the guest has nothing, such as 0x50000000 with little RAM',
        ),
      ),
    ...(beyond
      ? [
          error(
            shm,
            'xl-shm-range',
            `${describeRange(here)} does not fit 40 bits`,
            'choose an address below 0x10000000000',
          ),
        ]
      : []),
  ];
}

/** What is wrong with static_shm of domains that run together. */
export function checkXlShm(domains: readonly XlDomain[], target: LintTarget): Finding[] {
  const uses = domains.flatMap((domain) => domain.staticShm.map((shm) => ({ domain, shm })));
  // A toolstack that does not read them has nothing else to say of them.
  if (!target.capabilities.has('xl-static-shm'))
    return domains.flatMap(({ staticShm: [first] }) =>
      first === undefined
        ? []
        : [
            error(
              first,
              'xl-shm-unknown',
              `the toolstack of Xen ${target.name} knows no static_shm`,
              'use dom0less shared memory, or a toolstack that has it',
              'xl ignores the option in silence: nothing is shared',
            ),
          ],
    );
  const ported = target.capabilities.has('ported');
  const isOwned = ({ domain, shm: { id } }: Use): boolean =>
    uses.some((use) => use.domain !== domain && isOwner(use.shm) && use.shm.id === id);
  const ids = [...new Set(uses.flatMap(({ shm: { id } }) => (id === undefined ? [] : [id])))];
  return [
    ...uses.flatMap((use) => [
      ...checkWords(use, isOwned(use), ported),
      ...checkRange(use.shm, use.domain),
      ...(ported ? checkPlace(use.shm) : []),
    ]),
    ...domains.flatMap(checkTwice),
    ...checkOrder(domains),
    ...ids.flatMap((id) =>
      checkId(
        id,
        uses.filter(({ shm }) => shm.id === id),
      ),
    ),
  ];
}
