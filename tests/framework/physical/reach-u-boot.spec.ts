// SPDX-License-Identifier: Apache-2.0
// From power to U-Boot's prompt on a stand-in, whose line has more to say than this boot.
import { mkdirSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type { HostProgramImage } from '../../../lib/images/index.ts';
import type { LabBoard } from '../../../lib/lab/index.ts';
import type { Bench } from '../../../lib/physical/board-access.ts';
import { BoardConsoles } from '../../../lib/physical/board-consoles.ts';
import { BootStages } from '../../../lib/physical/boot-stages.ts';
import { PhysicalMachine } from '../../../lib/physical/physical-machine.ts';
import { PowerWatch } from '../../../lib/physical/power-watch.ts';
import { reachUBoot } from '../../../lib/physical/reach-u-boot.ts';
import { usualBudgets, zcu102 } from '../../../lib/physical/zynqmp.ts';
import type { SerialLine } from '../../../lib/serial/serial-line.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { Fate } from '../../../lib/support/fate.ts';
import { FakeUBoot } from '../u-boot/fake-u-boot.ts';

/** What a serial server hands over to who connects: another day, another board, and how it ended. */
const yesterday = [
  'U-Boot 2024.10 (Oct 01 2024 - 00:00:00 +0000)',
  'Model: ZynqMP ZCU104 RevC',
  'Hit any key to stop autoboot:  0 ',
  '## Loading kernel',
  '## Loading ramdisk',
  '## Loading device tree',
  '(XEN) Xen version 4.17.5 (a@b) (gcc) debug=y',
  '(XEN) Panic on CPU 0:',
  '(XEN) Could not set up domain domU1 (rc = -22)',
  'U-Boot 2024.10 (Oct 01 2024 - 00:00:00 +0000)',
  'ZynqMP> ',
].join('\n');

const today = [
  'U-Boot 2025.01 (Jan 01 2025 - 00:00:00 +0000)',
  'Model: ZynqMP ZCU102 Rev1.0',
  'Hit any key to stop autoboot:  2 \b\b\b 0 \n',
].join('\n');

const model = { model: 'ZynqMP ZCU102 Rev1.0' };
const serial = { kind: 'tcp', host: '127.0.0.1', port: 2000 } as const;
const lab: LabBoard = {
  name: 'zcu102-a',
  type: 'zcu102',
  identity: model,
  consoles: { main: serial, second: { ...serial, port: 2001 } },
  power: { kind: 'command', on: ['true'], off: ['true'] },
  tftp: { directory: '/srv/tftp' },
  network: { board: '10.0.0.2', server: '10.0.0.1' },
};

/** A stand-in as a line of a lab: what it says before anybody listens is said to who comes. */
function lineOf(fake: FakeUBoot): SerialLine {
  return {
    name: 'tcp://127.0.0.1:2000',
    state: 'open',
    comesBack: false,
    onData: (listener) => {
      fake.onData(listener);
      return () => undefined;
    },
    write: (bytes) => {
      fake.write(bytes);
    },
    drained: () => Promise.resolve(),
    onState: () => () => undefined,
    dispose: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

interface Wired {
  readonly consoles: BoardConsoles;
  readonly powerWatch: PowerWatch;
  readonly fate: Fate;
  readonly main: FakeUBoot;
  readonly second: FakeUBoot;
  readonly reach: () => Promise<unknown>;
  readonly bench: Bench;
}

async function wire(outputDir: string): Promise<Wired> {
  mkdirSync(outputDir, { recursive: true });
  const [main, second] = [new FakeUBoot(), new FakeUBoot()];
  const power = {
    who: 'zcu102-a, power',
    on: () => {
      main.begin(today);
      return Promise.resolve();
    },
    off: () => Promise.resolve(),
    state: () => Promise.resolve('unknown' as const),
  };
  const openConsole = (name: string): Promise<SerialLine> =>
    Promise.resolve(lineOf(name === 'main' ? main : second));
  const access = { power, openConsole };
  const tftpd = (): HostProgramImage => {
    throw new Error('nothing is loaded here');
  };
  const bench: Bench = { board: lab, type: zcu102, access, tftpd };
  const fate = new Fate();
  const within = Deadline.after(20_000);
  const names = ['main', 'second'];
  const consoles = await BoardConsoles.open('zcu102-a', access, names, outputDir, fate, within);
  const powerWatch = new PowerWatch('zcu102-a', power, consoles.main);
  const reach = (): Promise<unknown> =>
    reachUBoot(bench, consoles, powerWatch, new BootStages(usualBudgets), within);
  return { powerWatch, consoles, fate, main, second, reach, bench };
}

test('what another boot has said passes for nothing of this one', async ({}, { outputDir }) => {
  const { consoles, fate, main, reach } = await wire(outputDir);
  main.print(yesterday);
  await reach();

  expect(fate.error).toBeUndefined();
  expect(consoles.main.lines[0]?.text).toMatch(/^U-Boot 2025/);
  await consoles.dispose();
});

test('what is delivered while power goes off is of the boot before', async ({}, { outputDir }) => {
  const { consoles, fate, main, reach } = await wire(outputDir);
  const said = yesterday.split('\n');
  const late = setInterval(() => {
    main.print(`${said.shift() ?? ''}\n`);
    if (said.length === 0) clearInterval(late);
  }, 5);
  await reach();

  expect(fate.error).toBeUndefined();
  expect(consoles.main.lines[0]?.text).toMatch(/^U-Boot 2025/);
  await consoles.dispose();
});

test('a death that only another console tells ends the machine', async ({}, { outputDir }) => {
  const { consoles, fate, second, reach } = await wire(outputDir);
  second.print('PANIC at PC : 0x00000000fffea1b4\n');
  await reach();
  second.print('NOTICE:  BL31: Built : 12:00:00, Jan  1 2025\nPANIC at PC : 0x0fffea1b4\n');

  const ended = new Promise<Error>((resolve) => fate.onDoom(resolve));
  expect((await ended).message).toMatch(
    /^zcu102-a, console second: Trusted Firmware died: PANIC at PC : 0x0fffea1b4\n[^]*console-second\.log:3/,
  );
  await consoles.dispose();
});

test('what a console gave to think is among the machine’s facts', async ({}, { outputDir }) => {
  const { consoles, powerWatch, fate, main, reach, bench } = await wire(outputDir);
  await reach();
  await using machine = new PhysicalMachine({
    who: 'zcu102-a',
    run: 'a55288bd',
    consoles,
    fate,
    power: bench.access.power,
    powerWatch,
    linux: undefined,
    facts: { flavour: 'mainline' },
  });
  expect(machine.facts).toEqual({ flavour: 'mainline' });
  main.print('\n(XEN) Xen WARN at common/x.c:12\n');
  await expect
    .poll(() => machine.facts)
    .toEqual({
      flavour: 'mainline',
      'console-warning': expect.stringMatching(
        /^line \d+: \(XEN\) Xen WARN at common\/x\.c:12$/,
      ) as unknown,
    });
});
