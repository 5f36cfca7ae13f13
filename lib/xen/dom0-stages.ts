// SPDX-License-Identifier: Apache-2.0

/** A stage that the init of a Linux dom0 begins, or the reason why it goes no further. */
export interface Dom0Stage {
  readonly stage: string;
  readonly failure: string | undefined;
}

/** images/dom0/root/init: `crosspage-dom0: STAGE`, `crosspage-dom0: failed: WHY`. */
const pattern = /crosspage-dom0: (?:failed: (.+)|(ready [0-9a-f]{8}|[a-z][a-z0-9-]*))/;

/** What a console line says of dom0's init, if it does; the kernel may print before and behind it. */
export function findDom0Stage(line: string): Dom0Stage | undefined {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  return { stage: match[2] ?? 'failed', failure: match[1] };
}
