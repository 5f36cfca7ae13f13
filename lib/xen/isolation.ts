// SPDX-License-Identifier: Apache-2.0
import { contains, describeRange, overlaps, type Range, subtract } from '../memory/ranges.ts';
import { runsOf, type Stage2Map, type Stage2Run } from '../memory/stage2-map.ts';
import { hex } from '../support/units.ts';
import { isDom0 } from './dom0.ts';
import { guestRam, mappedRanges } from './guest-layout.ts';
import type { PlannedDomain, SystemPlan } from './plan.ts';

/** What breaks the isolation of domains, for people. */
export interface Leak {
  /** The domains that are concerned. */
  readonly domains: readonly string[];
  readonly text: string;
}

/**
 * What a domain is entitled to have mapped: guest address ranges with the names of their content. A
 * region may be a part of its RAM, which it lends to others.
 */
export function declaredRanges(domain: PlannedDomain): Range[] {
  return [...mappedRanges(domain), ...guestRam(domain.memory)];
}

const guestRange = (run: Stage2Run): Range => ({
  name: 'mapping',
  start: run.guestAddress,
  size: run.size,
});
const hostRange = (run: Stage2Run): Range => ({
  name: 'frames',
  start: run.hostAddress,
  size: run.size,
});

/** A part of what is mapped, and the declared range that it is in. */
interface Piece {
  readonly run: Stage2Run;
  readonly in?: Range;
}

/** What is left of a piece beside the devices: a run may go on behind one. */
function withoutDevices(piece: Piece, devices: readonly Range[]): Piece[] {
  const { run } = piece;
  return subtract(hostRange(run), devices).map(({ start, size }) => {
    const guestAddress = run.guestAddress + (start - run.hostAddress);
    return { ...piece, run: { ...run, guestAddress, hostAddress: start, size } };
  });
}

/** Everything mapped, cut at the borders of what is declared: each piece is in one range or none. */
function pieces(map: Stage2Map, declared: readonly Range[]): Piece[] {
  const borders = declared.flatMap(({ start, size }) => [start, start + size]);
  return runsOf(map.entries).flatMap((run) => {
    const end = run.guestAddress + run.size;
    const inside = borders.filter((border) => run.guestAddress < border && border < end);
    const cuts = [...new Set([run.guestAddress, ...inside, end])].sort((a, b) => (a < b ? -1 : 1));
    return cuts.slice(0, -1).map((start, index) => {
      const size = (cuts[index + 1] ?? end) - start;
      const hostAddress = run.hostAddress + (start - run.guestAddress);
      const piece = { ...run, guestAddress: start, hostAddress, size };
      const range = declared.find((candidate) => contains(candidate, guestRange(piece)));
      return range === undefined ? { run: piece } : { run: piece, in: range };
    });
  });
}

/** Whether both pieces are of the same declared region or bank: sharing is what it is for. */
function isShared(plan: SystemPlan, a: Range | undefined, b: Range | undefined): boolean {
  const declared = [...plan.regions, ...plan.sram].some(({ name }) => name === a?.name);
  return a?.name === b?.name && declared;
}

/**
 * Everything that is mapped and was not declared, and every frame that two domains have without a
 * region in common. `devices` are host ranges that Xen gives to all (the GICv2 CPU interface).
 */
export function findLeaks(
  plan: SystemPlan,
  maps: ReadonlyMap<string, Stage2Map>,
  devices: readonly Range[],
): Leak[] {
  const all = plan.domains.map((domain) => {
    const map = maps.get(domain.name);
    const parts = map === undefined ? [] : pieces(map, declaredRanges(domain));
    const own = parts.flatMap((piece) => withoutDevices(piece, devices));
    return { name: domain.name, own, isDom0: isDom0(domain) };
  });
  // dom0 has the machine's devices, which no specification declares.
  const undeclared = all.flatMap(({ name, own, isDom0 }) =>
    (isDom0 ? [] : own)
      .filter((piece) => piece.in === undefined)
      .map(({ run }) => ({
        domains: [name],
        text: `${name} has ${describeRange({ ...guestRange(run), name: 'guest addresses' })} mapped, which nothing declares, to frames from ${hex(run.hostAddress)}`,
      })),
  );
  const shared = all.flatMap((one, index) =>
    all.slice(index + 1).flatMap((other) =>
      one.own.flatMap((a) =>
        other.own
          .filter(
            (b) => overlaps(hostRange(a.run), hostRange(b.run)) && !isShared(plan, a.in, b.in),
          )
          .map((b) => ({
            domains: [one.name, other.name],
            text: `${one.name} (${a.in?.name ?? 'undeclared'}, guest address ${hex(a.run.guestAddress)}) and ${other.name} (${b.in?.name ?? 'undeclared'}, guest address ${hex(b.run.guestAddress)}) both have ${describeRange(intersection(a.run, b.run))}`,
          })),
      ),
    ),
  );
  return [...undeclared, ...shared];
}

function intersection(a: Stage2Run, b: Stage2Run): Range {
  const start = a.hostAddress > b.hostAddress ? a.hostAddress : b.hostAddress;
  const ends = [a.hostAddress + a.size, b.hostAddress + b.size] as const;
  const end = ends[0] < ends[1] ? ends[0] : ends[1];
  return { name: 'frames', start, size: end - start };
}
