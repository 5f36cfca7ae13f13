// SPDX-License-Identifier: Apache-2.0
// The same protocol by the console, which is all that a physical board offers.
import { expect, test } from '@playwright/test';
import { bootSystem } from '../../../lib/boot/boot.ts';
import { ReplyParts } from '../../../lib/probe/console-link.ts';
import { addressPattern } from '../../../lib/probe/patterns.ts';
import { describeSharedRegions } from '../../../lib/xen/guest-tree.ts';
import { boardWith, pair } from './boards.ts';

const counter = 0x40;

/** Loses the first reply that holds `word` on its way. */
function loseReply(word: string): () => void {
  const take = Object.getOwnPropertyDescriptor(ReplyParts.prototype, 'take')?.value as (
    this: ReplyParts,
    payload: string,
  ) => void;
  let lost = false;
  ReplyParts.prototype.take = function (payload): void {
    if (!lost && payload.includes(word)) lost = true;
    else take.call(this, payload);
  };
  return () => {
    ReplyParts.prototype.take = take;
  };
}

test('commands and replies go by the serial port alone', async ({}, { outputDir: evidence }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence, commandsBy: 'console' });
  const [owner, borrower] = [system.domain('owner'), system.domain('borrower')];

  await owner.page('mailbox').write(addressPattern());
  expect((await borrower.page('mailbox').check(addressPattern())).bad).toBe(0);

  await borrower.page('mailbox').store(0x40, 0x1234n);
  expect(await owner.page('mailbox').load(0x40)).toBe(0x1234n);
  expect((await owner.page('mailbox').check(addressPattern())).mismatches).toEqual([
    { offset: 0x40, observed: 0x1234n },
  ]);
  system.checkHealth();
});

test('a device tree comes whole through the serial port', async ({}, { outputDir: evidence }) => {
  await using system = await bootSystem(boardWith(), pair, { evidence, commandsBy: 'console' });

  const tree = await system.domain('borrower').deviceTree();

  expect(describeSharedRegions(tree).map((region) => region.id)).toEqual(['mailbox']);
});

test('a piece of a command that is lost on the way is typed again', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence, commandsBy: 'console' });
  const { console } = system.machine;
  const write = console.write.bind(console);
  // Something in the middle of a line, then the end of the same line's next attempt.
  const lost = [/e-back 0x5/, /(?<=.)\n$/];
  console.write = (text): void => {
    const next = lost[0];
    if (next?.test(text) === true) lost.shift();
    write(next === undefined ? text : text.replace(next, ''));
  };

  const page = system.domain('owner').page('mailbox');
  await page.store(counter, 0x5n);

  expect(await page.load(counter)).toBe(0x5n);
  expect(lost).toEqual([]);
  system.checkHealth();
});

test('a command whose reply is lost is answered again, and not run again', async ({}, {
  outputDir: evidence,
}) => {
  await using system = await bootSystem(boardWith(), pair, { evidence, commandsBy: 'console' });
  const page = system.domain('owner').page('mailbox');
  await page.store(counter, 0n);

  const restore = loseReply(' old=');
  const old = await page.fetchAdd(counter, 1n, 'exclusive').finally(restore);

  expect(old).toBe(0n);
  expect(await page.load(counter)).toBe(1n);
});
