// SPDX-License-Identifier: Apache-2.0
// What has to hold of every shared region, whichever configuration made it.
import {
  type AccessWidth,
  addressPattern,
  constantPattern,
  describeSharedRegions,
  expect,
  hex,
  noisePattern,
  PAGE,
  type Page,
  type System,
} from '#crosspage';

/** A region with every mapping of it, in the order of the domains. */
interface Shared {
  readonly name: string;
  readonly hostAddress: bigint | undefined;
  readonly size: number;
  readonly pages: readonly Page[];
}

/** The regions of a system. */
export function regionsOf(system: System): Shared[] {
  return system.plan.regions.map((region) => {
    const pages = system.plan.domains.flatMap(({ name, mappings }) =>
      mappings
        .filter((mapping) => mapping.region === region)
        .map((_mapping, index) => system.domain(name).page(region.name, index)),
    );
    return { name: region.name, hostAddress: region.hostAddress, size: region.size, pages };
  });
}

/** The regions that several mappings share. */
function sharedOf(system: System): Shared[] {
  return regionsOf(system).filter(({ pages }) => pages.length > 1);
}

/** Each mapping of a region as the writer, with the others as its readers. */
function directions({ pages }: Shared): { writer: Page; readers: Page[] }[] {
  return pages.map((writer) => ({ writer, readers: pages.filter((page) => page !== writer) }));
}

/** Each mapping writes every word and the others read it; no region bleeds into another. */
export async function everyWordArrives(system: System): Promise<void> {
  const ways = sharedOf(system).map(directions);
  for (const patternOf of [addressPattern, noisePattern])
    for (let turn = 0; turn < Math.max(...ways.map(({ length }) => length)); turn++) {
      // All regions are written before any is read: what bled into another would show.
      for (const [index, way] of ways.entries())
        await way[turn]?.writer.write(patternOf(0x100 * (turn + 1) + index));
      for (const [index, way] of ways.entries())
        for (const reader of way[turn]?.readers ?? [])
          await expect(reader).toHold(patternOf(0x100 * (turn + 1) + index));
    }
}

/** The first and the last word of each page, written by themselves; nothing else changes. */
export async function firstAndLastWordsArrive(system: System): Promise<void> {
  for (const region of sharedOf(system))
    for (const [turn, { writer, readers }] of directions(region).entries()) {
      const [first, last] = [addressPattern(0x10 + turn), addressPattern(0x20 + turn)];
      await writer.write(constantPattern(0n));
      await firstWords(writer).write(first);
      await lastWords(writer).write(last);
      for (const reader of readers) {
        await expect(firstWords(reader)).toHold(first);
        await expect(lastWords(reader)).toHold(last);
        expect(await reader.check(constantPattern(0n))).toMatchObject({
          bad: (2 * region.size) / PAGE,
          badPages: region.size / PAGE,
        });
      }
    }
}

const firstWords = (page: Page): Page => page.every(PAGE);
const lastWords = (page: Page): Page => page.part(PAGE - 8, page.size - PAGE + 8).every(PAGE);

/** The words that differ, each as offset, expected and received. */
function differences(received: BigUint64Array, expected: BigUint64Array): string[] {
  return [...expected].flatMap((word, index) =>
    received[index] === word
      ? []
      : [`${hex(8 * index)}: expected ${hex(word)}, received ${hex(received[index] ?? 0n)}`],
  );
}

const widths: readonly AccessWidth[] = [1, 2, 4, 8, 16];
const value = 0x0f1e_2d3c_4b5a_6978_8796_a5b4_c3d2_e1f0n;
const maskOf = (width: AccessWidth): bigint => (1n << BigInt(8 * width)) - 1n;

/** Single stores of each width arrive whole and alone; single loads see their part of a word. */
export async function everyWidthArrives(system: System): Promise<void> {
  for (const region of sharedOf(system)) {
    // At either end of the region, each 32 bytes from the next.
    const places = widths.flatMap((width, index) =>
      [0x40, region.size - 0x140].map((base) => ({ width, offset: base + 0x20 * index })),
    );
    const expected = new BigUint64Array(region.size / 8);
    for (const { width, offset } of places) {
      const stored = value & maskOf(width);
      expected.set([BigInt.asUintN(64, stored), stored >> 64n], offset / 8);
    }
    for (const { writer, readers } of directions(region)) {
      await writer.write(constantPattern(0n));
      for (const { width, offset } of places) await writer.store(offset, value, width);
      for (const reader of readers) {
        for (const start of [0, region.size - PAGE]) {
          const received = await reader.part(start, PAGE).read();
          const page = expected.subarray(start / 8, (start + PAGE) / 8);
          expect(differences(received, page), `read by ${reader.who}`).toEqual([]);
        }
        const { bad } = await reader.check(constantPattern(0n));
        expect(bad).toBe(expected.filter((word) => word !== 0n).length);
        await loadsSee(reader, places.at(-1)?.offset ?? 0);
      }
    }
  }
}

/** Loads of each width see the first and the last part of the 16 bytes of `value` at `offset`. */
async function loadsSee(reader: Page, offset: number): Promise<void> {
  for (const width of widths)
    for (const at of new Set([0, 16 - width]))
      expect(await reader.load(offset + at, width), `${width} bytes at ${at}`).toBe(
        (value >> BigInt(8 * at)) & maskOf(width),
      );
}

/** The frames beside a region belong to others, who see none of what is written to it. */
export async function neighboursStayUntouched(system: System): Promise<void> {
  const all = regionsOf(system);
  for (const region of sharedOf(system)) {
    const others = all.filter(({ name }) => name !== region.name);
    for (const [index, { pages }] of others.entries()) await pages[0]?.write(addressPattern(index));
    for (const page of region.pages) await page.write(constantPattern(~0n));
    for (const [index, { pages }] of others.entries())
      for (const page of pages) await expect(page).toHold(addressPattern(index));
  }
}

/** In each domain a mapping begins and ends where the specification says. */
export async function mappingsEndWhereTheyShould(system: System): Promise<void> {
  for (const { pages } of sharedOf(system))
    for (const { facts, guestAddress, size } of pages) {
      const domain = system.domain(facts.domain);
      const end = guestAddress + BigInt(size);
      for (const by of ['load', 'store'] as const) {
        await expect(domain).toAbortAt(guestAddress - 8n, { by });
        await expect(domain).toReach(guestAddress, { by });
        await expect(domain).toReach(end - 8n, { by });
        await expect(domain).toAbortAt(end, { by });
      }
    }
}

/** Who does not map a region takes a data abort at each of its pages, and changes nothing. */
export async function strangersAbort(system: System): Promise<void> {
  for (const { name, pages } of sharedOf(system)) {
    const strangers = system.plan.domains.filter(({ mappings }) =>
      mappings.every(({ region }) => region.name !== name),
    );
    expect(strangers.map((domain) => domain.name)).toContain('stranger');
    await pages[0]?.write(addressPattern());
    const starts = new Set(pages.map(({ guestAddress }) => guestAddress));
    const pageCount = (pages[0]?.size ?? 0) / PAGE;
    for (const { name: stranger } of strangers)
      for (const start of starts)
        for (const by of ['load', 'store'] as const)
          expect(
            await system
              .domain(stranger)
              .at(start, pageCount * PAGE)
              .every(PAGE)
              .sweep(by),
            `${stranger} ${by}s at ${hex(start)}`,
          ).toEqual({ tried: pageCount, aborted: pageCount });
    for (const page of pages) await expect(page).toHold(addressPattern());
  }
}

/** Each guest's own device tree names each region that it maps, where it maps it, and no other. */
export async function guestTreesAgree(system: System): Promise<void> {
  for (const { name, mappings } of system.plan.domains) {
    const planned = mappings.map(({ region: { id, size }, guestAddress }) => ({
      ...{ id, guestAddress, size },
      offset: 0n,
    }));
    planned.sort((a, b) => (a.guestAddress < b.guestAddress ? -1 : 1));
    expect(describeSharedRegions(await system.domain(name).deviceTree())).toEqual(planned);
  }
}

/** All mappings of a region are the same frames: those asked for, and of no other region. */
export async function framesAgree(system: System): Promise<void> {
  const frames: string[] = [];
  for (const { hostAddress, pages } of regionsOf(system)) {
    const [first, ...others] = pages;
    if (first === undefined) continue;
    if (hostAddress !== undefined) await expect(first).toBeMappedAs({ hostAddress });
    for (const page of others) await expect(page).toShareFramesWith(first);
    const entries = await first.stage2();
    frames.push(...entries.map((entry) => hex(entry?.hostAddress ?? 0n)));
  }
  expect(new Set(frames).size).toBe(frames.length);
  await expect(system).toIsolateDomains();
}
