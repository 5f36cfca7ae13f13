// SPDX-License-Identifier: Apache-2.0
import { combineMemory, combineShareability } from '../memory/stage2-attributes.ts';
import { runsOf, type Stage2Page } from '../memory/stage2-map.ts';
import type { MappedMemory } from '../probe/mapped-memory.ts';
import { describePage } from '../probe/page-facts.ts';
import { hex } from '../support/units.ts';
import { describeRun } from '../xen/describe-stage2.ts';

/** The runs that are shown of one page; the rest is counted. */
const shown = 6;

/** A row of a matcher's message: label and text. */
export type Row = readonly [string, string | undefined];

/** How the pages are mapped, run by run, and what both stages combine to. */
export function mappingRows(page: MappedMemory, pages: readonly (Stage2Page | undefined)[]): Row[] {
  const mapped = pages.filter((entry) => entry !== undefined);
  // A page is a part of its entry: runs of pages, not of entries.
  const runs = runsOf(
    mapped.map(({ guestAddress, hostAddress, entry }) => ({
      ...entry,
      guestAddress: guestAddress as typeof entry.guestAddress,
      hostAddress,
      size: 0x1000n,
    })),
  );
  const missing = pages.length - mapped.length;
  return [
    ['page', `${describePage(page.facts)}, of ${page.who}`],
    ...runs
      .slice(0, shown)
      .map((run, index): Row => [index === 0 ? 'stage 2' : '', describeRun(run)]),
    ['', runs.length > shown ? `and ${runs.length - shown} more runs` : undefined],
    ['unmapped', missing === 0 ? undefined : `${missing} of ${pages.length} pages`],
    ['stage 1', `${page.facts.memory}, inner shareable`],
    ['both', mapped[0] === undefined ? undefined : combined(page, mapped[0])],
  ];
}

function combined(page: MappedMemory, { entry }: Stage2Page): string {
  const memory = combineMemory(page.facts.memory, entry.memory);
  const sharing = combineShareability(memory, 'inner', entry.shareability);
  return `${memory}, ${sharing === 'none' ? 'non-shareable' : `${sharing} shareable`}`;
}

/** `page 3 of 17, at guest address 0x50002000`. */
export function namePlace(page: MappedMemory, index: number, pages: number): string {
  const at = hex(page.guestAddress + BigInt(index * 0x1000));
  return `page ${index + 1} of ${pages}, at guest address ${at}`;
}
