// SPDX-License-Identifier: Apache-2.0
import type { TranscriptLine } from '../console/transcript.ts';
import { isSpoiledRecord } from '../probe/records.ts';
import { findBanner, focusedText } from '../xen/console-lines.ts';

/** What no program prints on these consoles: a bit of it was inverted. */
const unprintable = /[\x7f-\xff]/;

/** Whether bytes that were read as Latin-1 are UTF-8, in which Linux may print. */
function isUtf8(text: string): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
    return true;
  } catch {
    return false;
  }
}

function isOdd(text: string): boolean {
  if (!unprintable.test(text)) return false;
  // Xen's own prefix may stand in the middle of a character of a domain.
  const said = focusedText(text);
  return said.includes('\x7f') || !isUtf8(said);
}

const isXens = (text: string): boolean => text.includes('(XEN) ') || findBanner(text) !== undefined;

/**
 * The first line that did not come as it was said, from Xen's first on. What came before says nothing
 * about the line: a UART has stray bytes when it gets power, and when firmware sets it up.
 */
export function findChangedLine(
  lines: readonly TranscriptLine[],
  run: string,
): TranscriptLine | undefined {
  const first = lines.findIndex(({ text }) => isXens(text));
  // Of a Xen that was not understood once, all is looked at that came after U-Boot.
  const from = first >= 0 ? first : lines.findIndex(({ text }) => text.includes('Starting kernel'));
  if (from < 0) return undefined;
  return lines.slice(from).find(({ text }) => isOdd(text) || isSpoiledRecord(text, run));
}
