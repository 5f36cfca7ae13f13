// SPDX-License-Identifier: Apache-2.0
// A system comes up on a console that holds what another boot has said before.
import { mkdirSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { Board, BootOrder, RunningMachine } from '../../../lib/boards/board.ts';
import { bootSystem } from '../../../lib/boot/boot.ts';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import { recordTag } from '../../../lib/probe/protocol.ts';
import { crc32 } from '../../../lib/support/checksum.ts';
import { boardWith, pair } from './boards.ts';

/** The lines of a boot in which every domain's probe says that it is up. */
function linesOf({ run, plan }: BootOrder, version: string): string[] {
  const ready = plan.domains.map(({ domid, name }) => {
    const record = `${recordTag} ${run} 0000 ready name=${name}`;
    const sum = crc32(Buffer.from(record)).toString(16).padStart(8, '0');
    return `(XEN) DOM${domid}: ${record} *${sum}`;
  });
  return [`(XEN) Xen version ${version} (a@b) (gcc) debug=y`, ...ready];
}

/** A machine on which `earlier` was said before it was started, and `now` afterwards. */
function talkingBoard(
  earlier: (order: BootOrder) => string[],
  now: (order: BootOrder) => string[],
): Board {
  const { layout } = boardWith();
  return {
    name: 'zcu102-a',
    capabilities: new Set(),
    layout,
    hypervisorCapabilities: () => [],
    start: (order: BootOrder): Promise<RunningMachine> => {
      const files = { raw: `${order.evidence}/c.raw`, lines: `${order.evidence}/c.log` };
      mkdirSync(order.evidence, { recursive: true });
      const line = { onData: () => undefined, write: () => undefined };
      const console = new Console('zcu102-a', line, new Transcript(files));
      const say = (lines: readonly string[]): void => {
        console.transcript.append(Buffer.from(lines.map((text) => `${text}\r\n`).join('')));
      };
      console.disregard();
      say(earlier(order));
      console.beginEpoch();
      setTimeout(() => {
        say(now(order));
      }, 1);
      const dispose = (): Promise<void> => console.close();
      return Promise.resolve({
        console,
        fate: console.fate,
        memory: undefined,
        processors: undefined,
        facts: {},
        dispose,
        [Symbol.asyncDispose]: dispose,
      });
    },
  };
}

test('the banner and the records of another boot are not taken for this one’s', async ({}, {
  outputDir: evidence,
}) => {
  // With a torn record among them: it is no loss of this boot.
  const earlier = (order: BootOrder): string[] => [
    ...linesOf(order, '4.17.5'),
    `(XEN) DOM1: ${recordTag} ${order.run} 0001 note 12`,
  ];
  const board = talkingBoard(earlier, (order) => linesOf(order, '4.20.4'));
  await using system = await bootSystem(board, pair, { evidence });

  expect(system.xen.version).toBe('4.20.4');
  expect(system.loss).toMatchObject({ received: 2, damaged: 0, missing: 0, repeated: 0 });
});
