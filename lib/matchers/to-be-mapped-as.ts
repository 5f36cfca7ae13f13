// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import type { Stage2Attributes } from '../memory/stage2-attributes.ts';
import type { Stage2Page } from '../memory/stage2-map.ts';
import type { MappedMemory } from '../probe/mapped-memory.ts';
import { namePage } from '../probe/page-facts.ts';
import { hex, PAGE } from '../support/units.ts';
import { p2mTypeName } from '../xen/p2m.ts';
import { detail } from './hold-message.ts';
import { mappingRows, namePlace } from './stage2-message.ts';

/** What stage 2 is expected to give; what is left out is not judged. */
export interface Mapping extends Partial<Stage2Attributes> {
  /** Xen's p2m type, as `p2m_type_t` names it without its prefix: `ram_rw`, `map_foreign_rw`. */
  readonly type?: string;
  /** Level of the entries: 3 for pages, 2 for 2 MiB blocks of a 4 KiB granule. */
  readonly level?: number;
  /** The frame of its first page; the others follow it. */
  readonly hostAddress?: bigint;
}

function found({ entry, hostAddress }: Stage2Page): Required<Mapping> {
  const { memory, shareability, access, execute, level } = entry;
  const type = p2mTypeName(entry.software);
  return { memory, shareability, access, execute, level, type, hostAddress };
}

const show = (value: unknown): string => (typeof value === 'bigint' ? hex(value) : String(value));

/** The first thing that is not as expected, of the page that is `index` after the first. */
function difference(
  page: Stage2Page | undefined,
  index: number,
  expected: Mapping,
): string | undefined {
  if (page === undefined) return 'is not mapped';
  const actual = found(page);
  const { hostAddress } = expected;
  const wanted = {
    ...expected,
    ...(hostAddress !== undefined && { hostAddress: hostAddress + BigInt(index * PAGE) }),
  };
  for (const key of Object.keys(wanted) as (keyof Mapping)[])
    if (wanted[key] !== undefined && wanted[key] !== actual[key])
      return `has ${key} ${show(actual[key])}, expected ${show(wanted[key])}`;
  return undefined;
}

/** `{ memory: normal-write-back, execute: false }` */
function describeMapping(mapping: Mapping): string {
  const fields = Object.entries(mapping).map(([key, value]) => `${key}: ${show(value)}`);
  return `{ ${fields.join(', ')} }`;
}

/**
 * Every page of it is mapped by Xen as said: read from the live stage-2 tables. Needs
 * `stage2-introspection`.
 */
export async function toBeMappedAs(
  this: ExpectMatcherState,
  page: MappedMemory,
  expected: Mapping,
): Promise<MatcherReturnType> {
  const pages = await page.stage2();
  const differences = pages.map((entry, index) => difference(entry, index, expected));
  const wrong = differences.filter((text) => text !== undefined).length;
  const first = differences.findIndex((text) => text !== undefined);
  const pass = wrong === 0;
  const verdict = pass
    ? `all ${pages.length} pages are`
    : `${namePlace(page, first, pages.length)}, ${differences[first] ?? ''}` +
      (wrong > 1 ? `; ${wrong} pages differ` : '');
  const call = `expect(${namePage(page.facts)})${this.isNot ? '.not' : ''}.toBeMappedAs(${describeMapping(expected)})`;
  return {
    name: 'toBeMappedAs',
    pass,
    expected,
    actual: pages[Math.max(first, 0)]?.entry,
    message: () =>
      [`${call}: ${verdict}`, detail([...mappingRows(page, pages), ['console', page.where]])].join(
        '\n',
      ),
  };
}
