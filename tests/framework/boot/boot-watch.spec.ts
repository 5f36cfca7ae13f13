// SPDX-License-Identifier: Apache-2.0
// How a boot is waited for, on a console that says what the test wants.
import { expect, test } from '@playwright/test';
import { BootWatch } from '../../../lib/boot/boot-watch.ts';
import { DomainMonitor } from '../../../lib/boot/domain-monitor.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { EnvironmentError, SubjectError } from '../../../lib/support/errors.ts';
import type { Fate } from '../../../lib/support/fate.ts';
import { talkingMachine } from './talking-machine.ts';

interface Watched {
  readonly watch: BootWatch;
  readonly monitor: DomainMonitor;
  readonly typed: string[];
  readonly print: (text: string) => void;
}

/** A machine with one domain that has said one line and says no more. */
function watched(
  directory: string,
  examineLine?: (fate: Fate) => EnvironmentError | undefined,
): Watched {
  const { machine, typed, print } = talkingMachine(directory, examineLine && { examineLine });
  const domain = {
    name: 'owner',
    domid: 1,
    probe: 'memory',
    memory: 0,
    vcpus: 1,
    mappings: [],
    sram: [],
    staticMemory: undefined,
    enhanced: undefined,
    eventChannels: [],
  } as const;
  const monitor = new DomainMonitor('board', domain, '7f3a91c2', 'console.log');
  print('(XEN) Brought up 2 CPUs\n');
  return { watch: new BootWatch('board', machine, [monitor], new Map()), monitor, typed, print };
}

test('a domain that ends while the console is quiet ends the wait, and Xen is not asked', async ({}, {
  outputDir,
}) => {
  const { watch, monitor, typed } = watched(outputDir);
  const coming = watch.until(Deadline.after(30_000), () => undefined);
  setImmediate(() => {
    monitor.fate.doom(new Error('its probe took a fault'));
  });

  await expect(coming).rejects.toThrow('its probe took a fault');
  expect(typed).toEqual([]);
});

test('Xen is not awaited beyond the budget of the boot, and is not said to hang', async ({}, {
  outputDir,
}) => {
  const { watch, typed } = watched(outputDir);

  await expect(watch.until(Deadline.after(100), () => undefined)).rejects.toThrow(
    /^board: did not come up within its budget of 100 ms, of which [01] ms were left for Xen to answer/,
  );
  expect(typed).toEqual(['q', 'q']);
});

test('a countdown within one line is no silence: Xen is not asked', async ({}, { outputDir }) => {
  const { watch, typed, print } = watched(outputDir);
  let up: true | undefined;
  // Each piece comes before two seconds without a byte are over, the line only after them.
  setTimeout(print, 1500, '(XEN) 3... ');
  setTimeout(print, 3000, '2... ');
  setTimeout(() => {
    up = true;
    print('1... \n');
  }, 4500);

  await watch.until(Deadline.after(30_000), () => up);

  expect(typed).toEqual([]);
});

test('a board without power is told as such, and its Xen is not asked', async ({}, {
  outputDir,
}) => {
  const lost = new EnvironmentError({ who: 'board', what: 'is without power' });
  const { watch, typed } = watched(outputDir, (fate) => {
    fate.doom(lost);
    return lost;
  });

  await expect(watch.until(Deadline.after(100), () => undefined)).rejects.toBe(lost);
  expect(typed).toEqual([]);
});

test('what did not come by a line that loses bytes is no verdict on Xen', async ({}, {
  outputDir,
}) => {
  const noisy = new EnvironmentError({
    who: 'board',
    what: 'its line loses bytes',
    lastSeen: 'an echo',
    remedy: 'look at its cable',
  });
  const { watch } = watched(outputDir, () => noisy);
  const failing = watch.until(Deadline.after(100), () => undefined);

  await expect(failing).rejects.toBeInstanceOf(EnvironmentError);
  await expect(failing).rejects.toThrow(
    /^board: its line loses bytes; so no verdict on this: did not come up within its budget[^]*last seen: an echo\n {4}1: \(XEN\) Brought up[^]*to do: look at its cable$/,
  );
});

test('with records that came damaged there is no verdict on Xen, unless nothing can get lost', async ({}, {
  outputDir,
}) => {
  const damaged = { number: 2, atMs: 1, text: '(XEN) DOM1: @xp 7f3a91c2 0000 rexdy' };
  const board = watched(`${outputDir}/board`, () => undefined);
  board.monitor.take(damaged);
  const emulated = watched(`${outputDir}/emulated`);
  emulated.monitor.take(damaged);

  const failing = board.watch.until(Deadline.after(100), () => undefined);
  await expect(failing).rejects.toThrow(
    /^board: 1 records of the probes came damaged; so no verdict/,
  );
  await expect(emulated.watch.until(Deadline.after(100), () => undefined)).rejects.toBeInstanceOf(
    SubjectError,
  );
});
