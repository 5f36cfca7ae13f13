// SPDX-License-Identifier: Apache-2.0
import type { ExpectMatcherState, MatcherReturnType } from '@playwright/test';
import type { Stage2Page } from '../memory/stage2-map.ts';
import type { MappedMemory } from '../probe/mapped-memory.ts';
import { namePage } from '../probe/page-facts.ts';
import { MisuseError } from '../support/errors.ts';
import { hex } from '../support/units.ts';
import { detail } from './hold-message.ts';
import { mappingRows, namePlace } from './stage2-message.ts';

type Pages = readonly (Stage2Page | undefined)[];

function frame(page: Stage2Page | undefined): string {
  return page === undefined ? 'nothing' : `frame ${hex(page.hostAddress)}`;
}

/** The verdict on the first page whose frames are not as wanted, and whose frames they are. */
async function explain(
  [one, other]: readonly [MappedMemory, MappedMemory],
  [ours, theirs]: readonly [Pages, Pages],
  first: number,
): Promise<string> {
  const mine = ours[first];
  const whose = mine === undefined ? '' : ` (${await one.whose(mine.hostAddress)})`;
  const his = theirs[first];
  const whosElse = his === undefined ? '' : ` (${await other.whose(his.hostAddress)})`;
  return (
    `${namePlace(one, first, ours.length)}: ${one.facts.domain} reaches ${frame(mine)}${whose}, ` +
    `${other.facts.domain} ${frame(his)}${whosElse}`
  );
}

/**
 * Page by page, both reach the same frames: read from the live stage-2 tables. With `.not`, no
 * page of one reaches a frame of the other. Needs `stage2-introspection`.
 * @throws MisuseError when the two are not of one size.
 */
export async function toShareFramesWith(
  this: ExpectMatcherState,
  page: MappedMemory,
  other: MappedMemory,
): Promise<MatcherReturnType> {
  if (page.size !== other.size)
    throw new MisuseError({
      who: namePage(page.facts),
      what: `has ${hex(page.size)} bytes, ${namePage(other.facts)} has ${hex(other.size)}`,
      remedy: 'compare parts of one size: page.part(offset, size)',
    });
  const pages = [await page.stage2(), await other.stage2()] as const;
  const [ours, theirs] = pages;
  const same = ours.map(
    (mine, index) => mine !== undefined && mine.hostAddress === theirs[index]?.hostAddress,
  );
  const apart = same.findIndex((is) => !is);
  const theirFrames = new Set(theirs.map((entry) => entry?.hostAddress));
  const common = ours.findIndex((mine) => mine !== undefined && theirFrames.has(mine.hostAddress));
  const pass = this.isNot ? common >= 0 : apart < 0;
  const first = this.isNot ? common : apart;
  const verdict =
    first < 0
      ? `all ${ours.length} pages are the same frames`
      : await explain([page, other], pages, first);
  const call = `expect(${namePage(page.facts)})${this.isNot ? '.not' : ''}.toShareFramesWith(${namePage(other.facts)})`;
  const rows = [...mappingRows(page, ours), ...mappingRows(other, theirs)];
  return {
    name: 'toShareFramesWith',
    pass,
    message: () => [`${call}: ${verdict}`, detail([...rows, ['console', page.where]])].join('\n'),
  };
}
