// SPDX-License-Identifier: Apache-2.0
// Probes of xl's domains on a machine whose memory the host does not see: dom0 maps their pages.
import { expect, test } from '@playwright/test';
import { type Dom0, startDom0 } from '../../../lib/boot/dom0.ts';
import { resolveImages } from '../../../lib/images/index.ts';
import { addressPattern } from '../../../lib/probe/patterns.ts';
import { placesOf } from '../../../lib/images/places.ts';
import { QemuBoard } from '../../../lib/qemu/qemu-board.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { EnvironmentError } from '../../../lib/support/errors.ts';
import { Fate } from '../../../lib/support/fate.ts';
import { MiB } from '../../../lib/support/units.ts';
import { ForeignMemory } from '../../../lib/toolstack/foreign-memory.ts';
import { Toolstack } from '../../../lib/toolstack/toolstack.ts';

const memory = MiB(32);
const pages = { domid: 1, guestAddress: 0x4000_0000n, size: 0x1000 };

/** A dom0 on a machine without a memory, as a board is. */
async function blindDom0(evidence: string): Promise<Dom0> {
  const board = new QemuBoard({
    name: 'qemu-virt',
    cache: `${placesOf().build}/cache`,
    images: resolveImages,
  });
  const dom0 = await startDom0(board, {}, { evidence });
  Object.defineProperty(dom0.machine, 'memory', { value: undefined });
  return dom0;
}

/** For a dom0 without pkill. */
const killAll =
  'for p in /proc/[0-9]*; do grep -qx foreign-memory $p/comm && kill -9 ${p#/proc/} && echo killed; done; true';

const toolstackOf = (dom0: Dom0): Promise<Toolstack> =>
  Toolstack.of({ board: 'qemu-virt', dom0, hostMemory: [] });

test('a probe answers through dom0, long replies and the window too, and nothing is left', async ({}, {
  outputDir: evidence,
}) => {
  await using dom0 = await blindDom0(evidence);
  const toolstack = await toolstackOf(dom0);
  const domain = await toolstack.create({ name: 'guest', memory });
  const page = domain.at(0x4100_0000n);
  await page.write(addressPattern());

  expect(await page.check(addressPattern())).toMatchObject({ words: 512, bad: 0 });
  // Each of the words that are quoted: longer than what comes with a reply's first piece.
  expect((await page.check(addressPattern(1))).mismatches).toHaveLength(16);

  await domain.destroy();
  expect(await toolstack.destroyAll()).toEqual([]);
  expect((await toolstack.list()).map(({ name }) => name)).toEqual(['Domain-0']);
});

test('a domain that resets itself comes again, and is not kept by what was mapped of it', async ({}, {
  outputDir: evidence,
}) => {
  await using dom0 = await blindDom0(evidence);
  const toolstack = await toolstackOf(dom0);
  const first = await toolstack.create({ name: 'guest', memory });
  const second = await toolstack.reboot(first);

  expect(second.domid).toBeGreaterThan(first.domid);
  await second.at(0x4100_0000n).write(addressPattern());
  expect(await toolstack.destroyAll()).toEqual([]);
});

test('pages that are not there, and a program that ends, are told', async ({}, {
  outputDir: evidence,
}) => {
  await using dom0 = await blindDom0(evidence);
  const deadline = Deadline.after(20_000);
  const gone = ForeignMemory.map('domain guest (d1)', dom0, pages, new Fate(), deadline);
  await expect(gone).rejects.toThrow(
    /^domain guest \(d1\): its pages are not reached from dom0 any more: foreign-memory: /,
  );

  const toolstack = await toolstackOf(dom0);
  const { domid } = await toolstack.create({ name: 'guest', memory });
  const mapped = await ForeignMemory.map(
    'domain guest (d1)',
    dom0,
    { ...pages, domid },
    new Fate(),
    deadline,
  );
  await expect(mapped.read(0x1000, 4)).rejects.toThrow('foreign-memory read: bad request');
  const waiting = mapped.untilWord(0, 0xffff_ffff, Deadline.after(10_000));
  const [killed] = await Promise.all([
    dom0.output(['sh', '-c', killAll]),
    expect(waiting).rejects.toThrow('foreign-memory ended'),
  ]);
  expect(killed).toContain('killed');
  await expect(mapped.read(0, 4)).rejects.toThrow('foreign-memory ended');
  await mapped.dispose();
});

test('a lost session is the environment’s, whatever was asked of the domain', async ({}, {
  outputDir: evidence,
}) => {
  await using dom0 = await blindDom0(evidence);
  const toolstack = await toolstackOf(dom0);
  const { domid } = await toolstack.create({ name: 'guest', memory });
  const deadline = Deadline.after(20_000);
  const fate = new Fate();
  const mapped = await ForeignMemory.map('domain guest', dom0, { ...pages, domid }, fate, deadline);
  const waiting = mapped.untilWord(0, 0xffff_ffff, Deadline.after(10_000));
  const killed = dom0.run(['sh', '-c', 'kill -KILL $PPID']);

  await Promise.all([
    expect(waiting).rejects.toBeInstanceOf(EnvironmentError),
    expect(killed).rejects.toBeInstanceOf(EnvironmentError),
  ]);
  await expect(mapped.read(0, 4)).rejects.toBeInstanceOf(EnvironmentError);
});

test('what is awaited and does not come is late, and keeps nothing else waiting', async ({}, {
  outputDir: evidence,
}) => {
  await using dom0 = await blindDom0(evidence);
  const toolstack = await toolstackOf(dom0);
  const { domid } = await toolstack.create({ name: 'guest', memory });
  const deadline = Deadline.after(20_000);
  await using mapped = await ForeignMemory.map(
    'domain guest',
    dom0,
    { ...pages, domid, guestAddress: 0x4100_0000n },
    new Fate(),
    deadline,
  );
  const never = mapped.untilWord(0, 7, Deadline.after(3000));
  const later = mapped.untilWord(4, 8, Deadline.after(20_000));
  await mapped.write(4, Uint8Array.of(8, 0, 0, 0, 1, 2));

  expect(await later).toBe(true);
  expect((await mapped.read(4, 6)).toString('hex')).toBe('080000000102');
  expect(await never).toBe(false);
});

test('a domain that powers itself off goes away by itself', async ({}, { outputDir: evidence }) => {
  await using dom0 = await blindDom0(evidence);
  const toolstack = await toolstackOf(dom0);
  const domain = await toolstack.create({ name: 'guest', memory });

  await domain.powerOff();

  await expect
    .poll(async () => (await toolstack.list()).map(({ name }) => name), { timeout: 20_000 })
    .toEqual(['Domain-0']);
});
