// SPDX-License-Identifier: Apache-2.0
// The script beside each console boots the same system without the harness.
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { bootSystem } from '../../../lib/boot/boot.ts';
import { OwnedProcess } from '../../../lib/host/processes.ts';
import { readRecord } from '../../../lib/probe/records.ts';
import { parseConsoleLine } from '../../../lib/xen/console-lines.ts';
import { boardWith, pair } from './boards.ts';

test('boot.sh brings both domains up, and Ctrl-a x ends it', async ({}, {
  outputDir: evidence,
}) => {
  await (await bootSystem(boardWith(), pair, { evidence })).dispose();

  await using hand = await OwnedProcess.start('/bin/sh', [join(evidence, 'boot.sh')]);
  const ready = new Set<number>();
  let text = '';
  while (ready.size < 2) {
    const [chunk] = (await once(hand.stdout, 'data')) as [Buffer];
    text += chunk.toString('latin1');
    for (const line of text.split(/\r?\n/)) {
      const parsed = parseConsoleLine(line);
      const reading = readRecord(parsed.text);
      if (parsed.from === 'domain' && reading.is === 'record' && reading.record.kind === 'ready')
        ready.add(parsed.domid);
    }
  }
  expect([...ready].sort()).toEqual([1, 2]);

  hand.stdin.write('\x01x');
  expect(await hand.ended).toEqual({ code: 0, signal: null });
});
