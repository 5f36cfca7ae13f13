// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import type { LabBoard } from './lab.ts';
import type { LabFault, LabPath, LabSource } from './lab-source.ts';

/** Something that only one board of a lab can have. */
interface Claim {
  readonly board: string;
  readonly path: LabPath;
  readonly key: string;
  /** What the two have in common. */
  readonly what: string;
}

function consoleClaims({ name, consoles }: LabBoard): Claim[] {
  return Object.entries(consoles).map(([console, line]) => {
    const path = ['boards', name, 'consoles', console];
    return line.kind === 'serial'
      ? {
          board: name,
          path: [...path, 'path'],
          key: line.path,
          what: `the serial port ${line.path}`,
        }
      : {
          board: name,
          path: [...path, 'port'],
          key: `${line.host}:${line.port}`,
          what: `the line ${line.host}:${line.port}`,
        };
  });
}

function addressClaim({ name, network }: LabBoard): Claim {
  const path = ['boards', name, 'network', 'board'];
  return { board: name, path, key: network.board, what: `the address ${network.board}` };
}

/** The second of two that claim the same is at fault. */
function conflicts(claims: readonly Claim[], source: LabSource): LabFault[] {
  const first = new Map<string, Claim>();
  const faults: LabFault[] = [];
  for (const claim of claims) {
    const other = first.get(claim.key);
    if (other === undefined) {
      first.set(claim.key, claim);
      continue;
    }
    const whose = other.board === claim.board ? `its ${String(other.path.at(-2))}` : other.board;
    const where = source.locate(other.path);
    const line = where === undefined ? '' : ` (line ${where.line})`;
    faults.push({
      path: claim.path,
      what: `is ${claim.what}, which ${whose} has${line}; expected one of its own`,
      position: source.locate(claim.path),
    });
  }
  return faults;
}

/** Two boards that hang on one outlet would switch each other off. */
function sharedOutlets(boards: readonly LabBoard[], source: LabSource): LabFault[] {
  return boards.flatMap((board, index) => {
    const other = boards.slice(0, index).find(({ power }) => isDeepStrictEqual(power, board.power));
    if (other === undefined) return [];
    const path = ['boards', board.name, 'power'];
    const what = `switches the same outlet as that of ${other.name}; expected one of its own`;
    return [{ path, what, position: source.locate(path) }];
  });
}

/** What no board says wrong by itself, but two of them together. */
export function crossFaults(boards: readonly LabBoard[], source: LabSource): LabFault[] {
  return [
    ...conflicts(boards.flatMap(consoleClaims), source),
    ...conflicts(boards.map(addressClaim), source),
    ...sharedOutlets(boards, source),
  ];
}
