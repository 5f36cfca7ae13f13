// SPDX-License-Identifier: Apache-2.0
import { inGuest, type XlEdit, type XlMistake } from './xl-mistake.ts';
import { printXlConfig, xlOptions } from '../xen/xl-config.ts';
import type { XlGuest } from './xl-system.ts';

const shares = ({ staticShm = [] }: XlGuest): boolean => staticShm.length > 0;
const maps = ({ iomem = [] }: XlGuest): boolean => iomem.length > 0;

/** The texts of a list, as the file has them. */
function textsOf(guest: XlGuest, option: 'static_shm' | 'iomem'): readonly string[] {
  const value = new Map(xlOptions(guest)).get(option);
  return Array.isArray(value) ? value.map(String) : [];
}

/** A list under another name, or in another form. */
const instead = (
  guest: XlGuest,
  option: 'static_shm' | 'iomem',
  others: (texts: readonly string[]) => NonNullable<XlGuest['others']>,
): XlGuest => ({
  ...guest,
  ...(option === 'iomem' ? { iomem: [] } : { staticShm: [] }),
  others: others(textsOf(guest, option)),
});

const memoryOf =
  (value: number | string): ((guest: XlGuest) => XlGuest) =>
  (guest) => ({ ...guest, without: ['memory'], others: { memory: value } });

const allOfOneName: XlEdit = (guests) => {
  const [first] = guests;
  return first && guests.map((guest) => ({ ...guest, name: first.name }));
};

/** What an option that is lost takes with it. */
const lost = ['xl-shm-owner', 'attributes-differ', 'xl-shm-range'] as const;

/** Mistakes in the options. */
export const optionMistakes: readonly XlMistake[] = [
  {
    mistake: 'static_shm without brackets',
    rule: 'xl-value',
    besides: lost,
    meant: 'before',
    apply: inGuest(
      (guest) => instead(guest, 'static_shm', ([first = '']) => ({ static_shm: first })),
      shares,
    ),
  },
  {
    mistake: 'iomem without brackets',
    rule: 'xl-value',
    besides: lost,
    meant: 'before',
    apply: inGuest((guest) => instead(guest, 'iomem', ([first = '']) => ({ iomem: first })), maps),
  },
  {
    mistake: 'static_shm misspelt',
    rule: 'xl-option',
    besides: lost,
    meant: 'before',
    apply: inGuest(
      (guest) => instead(guest, 'static_shm', (all) => ({ static_shms: all })),
      shares,
    ),
  },
  {
    mistake: 'iomem misspelt',
    rule: 'xl-option',
    besides: lost,
    meant: 'before',
    apply: inGuest((guest) => instead(guest, 'iomem', (all) => ({ iomen: all })), maps),
  },
  {
    mistake: 'an option that xl does not know',
    rule: 'xl-option',
    apply: inGuest((guest) => ({ ...guest, others: { colour: 'red' } })),
  },
  {
    mistake: 'a domain without a name',
    rule: 'xl-name',
    meant: 'before',
    apply: inGuest((guest) => ({ ...guest, without: ['name'] })),
  },
  {
    mistake: 'a name as a list',
    rule: 'xl-value',
    besides: ['xl-name'],
    meant: 'before',
    apply: inGuest((guest) => ({ ...guest, without: ['name'], others: { name: [guest.name] } })),
  },
  {
    mistake: 'two domains of one name',
    rule: 'xl-name',
    apply: allOfOneName,
  },
  {
    mistake: 'memory as a list',
    rule: 'xl-value',
    besides: ['xl-shm-range', 'guest-modules'],
    meant: 'before',
    apply: inGuest((guest) => ({
      ...guest,
      without: ['memory'],
      others: { memory: [String(guest.memory / 0x10_0000)] },
    })),
  },
  {
    mistake: 'memory that is no number',
    rule: 'xl-value',
    besides: ['xl-shm-range', 'guest-modules'],
    meant: 'before',
    apply: inGuest((guest) => ({
      ...guest,
      without: ['memory'],
      others: { memory: `${guest.memory / 0x10_0000}M` },
    })),
  },
  {
    mistake: 'more memory than the machine has',
    rule: 'xl-memory',
    besides: ['guest-overlap', 'guest-modules', 'image-page'],
    apply: inGuest((guest, { number }) => memoryOf(2048 + (number % 4096))(guest), maps),
  },
  {
    mistake: 'a maxmem below memory',
    rule: undefined,
    apply: inGuest((guest) => ({ ...guest, others: { maxmem: guest.memory / 0x20_0000 } })),
  },
  {
    mistake: 'memory of 0',
    rule: 'xl-memory',
    besides: ['xl-shm-range', 'guest-overlap', 'guest-modules'],
    apply: inGuest(memoryOf(0)),
  },
  {
    mistake: 'a file that ends in the middle of a list',
    rule: 'unreadable',
    besides: lost,
    meant: 'before',
    apply: inGuest((guest) => ({ ...guest, behind: 'irqs = [ 1,' })),
  },
  {
    mistake: 'an option that is there twice, the latter as it was',
    rule: undefined,
    apply: inGuest((guest) => ({ ...guest, behind: printXlConfig({ name: guest.name }) })),
  },
];
