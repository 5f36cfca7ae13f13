// SPDX-License-Identifier: Apache-2.0
import type { Fields } from './client.ts';
import type { Page } from './page.ts';
import type { Pattern } from './patterns.ts';

/** A word that was not what it was expected to be. */
export interface Mismatch {
  /** Byte offset in the region. */
  readonly offset: number;
  readonly observed: bigint;
}

/** What one reading of a region found, word by word. */
export interface Finding {
  readonly page: Page;
  readonly pattern: Pattern;
  /** 64-bit words read, each once. */
  readonly words: number;
  readonly bad: number;
  /** 64-byte lines, and 4 KiB pages, with a bad word; lines of which every word is bad. */
  readonly badLines: number;
  readonly badPages: number;
  readonly wholeLines: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The first few. */
  readonly mismatches: readonly Mismatch[];
}

/** Mismatches as a probe quotes them: `offset:observed,...`. */
export function parseMismatches(text: string): Mismatch[] {
  return text.split(',').map((entry) => {
    const [offset = '0', observed = '0'] = entry.split(':');
    return { offset: Number(offset), observed: BigInt(observed) };
  });
}

/** How the data of messages was seen after their flag: all new, all old, or mixed. */
export interface MessageHistogram {
  readonly rounds: number;
  readonly fresh: number;
  readonly stale: number;
  readonly torn: number;
}

/** The histogram in a probe's reply. */
export function histogramOf(fields: Pick<Fields, 'number'>): MessageHistogram {
  return {
    rounds: fields.number('rounds'),
    fresh: fields.number('fresh'),
    stale: fields.number('stale'),
    torn: fields.number('torn'),
  };
}
