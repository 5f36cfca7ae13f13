// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import type { Stage1Attribute } from '../memory/attributes.ts';
import type { Domain } from '../probe/domain.ts';
import type { Mismatch } from '../probe/finding.ts';
import type { Pattern } from '../probe/patterns.ts';
import { EnvironmentError } from '../support/errors.ts';
import { hex, MiB, PAGE } from '../support/units.ts';
import { expectedMapping, type Share } from '../xen/mechanisms.ts';
import type { Party } from './sharings.ts';

/** A part of what is shared, as one domain sees it. */
export interface Part {
  readonly guestAddress: bigint;
  readonly size: number;
  readonly memory: Stage1Attribute;
}

/** Whether a party is to have it as Device. */
export const isDevice = (share: Share | undefined): boolean =>
  share !== undefined && expectedMapping(share)?.memory === 'device-nGnRE';

/** A part of what is shared, from `offset` of it on, where a party has it. */
export function partOf(party: Party, offset: bigint, size: bigint): Part {
  return {
    guestAddress: party.guestAddress + offset - (party.offset ?? 0n),
    size: Number(size),
    memory: isDevice(party.share) ? 'device-nGnRE' : 'normal-write-back',
  };
}

/** How one domain writes and reads a part. */
export interface End {
  readonly domain: string;
  /** What it can write: `constant` where it reaches more than the part, and its words lie elsewhere. */
  readonly kind: 'address' | 'constant';
  write(pattern: Pattern): Promise<void>;
  /** What of it is not as `writer` wrote it; undefined where all is. */
  misread(pattern: Pattern, writer: string): Promise<string | undefined>;
}

/** Up to so many bytes each word is written and read; above, one word of each page. */
const wholeUpTo = MiB(1);

/** Words that a probe is asked for at a time: all of a large region would take it longer than a command may. */
const wordsAtOnce = 4096;

const notWhat = (bad: number, words: number, writer: string): string =>
  `${bad} of ${words} words are not what ${writer} wrote`;

/** A domain with a probe in it; `whole`: another end looks at each word, however many there are. */
export function probeEnd(
  domain: Pick<Domain, 'name' | 'at'>,
  { guestAddress, size, memory }: Part,
  { whole = false }: { readonly whole?: boolean } = {},
): End {
  const all = domain.at(guestAddress, size, memory);
  const each = whole || size <= wholeUpTo;
  const pieceSize = each ? wholeUpTo : wordsAtOnce * PAGE;
  const pieces = Array.from({ length: Math.ceil(size / pieceSize) }, (_unused, index) => {
    const offset = index * pieceSize;
    const piece = all.part(offset, Math.min(pieceSize, size - offset));
    return each ? piece : piece.every(PAGE);
  });
  return {
    domain: domain.name,
    kind: 'address',
    write: async (pattern) => {
      for (const piece of pieces) await piece.write(pattern);
    },
    misread: async (pattern, writer) => {
      let [bad, words] = [0, 0];
      let first: Mismatch | undefined;
      for (const piece of pieces) {
        const found = await piece.check(pattern);
        bad += found.bad;
        words += found.words;
        first ??= found.mismatches[0];
      }
      if (bad === 0) return undefined;
      const where = `the first at offset ${hex(first?.offset ?? 0)}: ${hex(first?.observed ?? 0n)}`;
      return `${notWhat(bad, words, writer)}, ${where}`;
    },
  };
}

/** Memory that dom0's module gives to programs: `id=ID address=ADDRESS size=SIZE`. */
export interface Dom0Region {
  readonly id: string;
  readonly start: bigint;
  readonly size: bigint;
}

/** What `shm list` says (images/linux/shared-memory). */
export function readRegions(text: string): Dom0Region[] {
  const line = /^id=(.*) address=(0x[0-9a-f]+) size=(0x[0-9a-f]+)$/gm;
  return [...text.matchAll(line)].map(([, id = '', start = '0', size = '0']) => ({
    ...{ id, start: BigInt(start), size: BigInt(size) },
  }));
}

/** How long dom0 may take for a large region, emulated. */
const commandMs = 120_000;

const asWords = ({ kind, seed }: Pattern): string[] => [kind, hex(seed)];

/** dom0's Linux, which has the region that the part is in. */
export function dom0End(dom0: Dom0, region: Dom0Region, part: Part): End {
  const same = region.start === part.guestAddress && region.size === BigInt(part.size);
  const shm = (verb: string, pattern: Pattern): Promise<string> =>
    dom0.output(['shm', verb, region.id, ...asWords(pattern)], { timeoutMs: commandMs });
  // What lies beside the part holds other words.
  const beside = (Number(region.size) - part.size) / 8;
  return {
    domain: 'dom0',
    kind: same ? 'address' : 'constant',
    write: async (pattern) => {
      await shm('fill', pattern);
    },
    misread: async (pattern, writer) => {
      const said = await shm('check', pattern);
      const [, words, bad] = /words=(\d+) bad=(\d+)/.exec(said) ?? [];
      if (words === undefined || bad === undefined)
        throw new EnvironmentError({
          who: 'dom0',
          what: '`shm check` does not say what it found',
          lastSeen: said.trim(),
        });
      const wrong = Number(bad) - beside;
      return wrong <= 0 ? undefined : notWhat(wrong, Number(words) - beside, writer);
    },
  };
}
