// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Board, BootOrder, RunningMachine } from '../../../lib/boards/board.ts';
import type { System } from '../../../lib/boot/system.ts';
import { type ImageSet, resolveImages } from '../../../lib/images/index.ts';
import { QemuBoard } from '../../../lib/qemu/qemu-board.ts';
import { QemuMachine } from '../../../lib/qemu/qemu-machine.ts';
import { KiB, PAGE } from '../../../lib/support/units.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';

const cache = fileURLToPath(new URL('../../../images/build/cache', import.meta.url));

/** A board on the prepared images, of which a test may replace some. */
export function boardWith(replace: Partial<ImageSet> = {}): QemuBoard {
  return new QemuBoard({
    name: 'qemu-virt',
    cache,
    images: () => ({ ...resolveImages(), ...replace }),
  });
}

/** A board that hands its machine to `meddle` before anybody waits for it. */
export function meddledBoard(meddle: (machine: QemuMachine) => void): Board {
  const board = boardWith();
  return {
    name: board.name,
    capabilities: board.capabilities,
    layout: board.layout,
    hypervisorCapabilities: (flavour) => board.hypervisorCapabilities(flavour),
    start: async (order: BootOrder): Promise<RunningMachine> => {
      const machine = await board.start(order);
      meddle(machine);
      return machine;
    },
  };
}

/** The QEMU under a system. */
export function machineOf(system: System): QemuMachine {
  if (system.machine instanceof QemuMachine) return system.machine;
  throw new Error('the system does not run on QEMU');
}

/** Two domains that share a page. */
export const pair = {
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
} as const satisfies SystemSpec;

/** An arm64 Image that does nothing, for ever: `b .` behind a valid header. */
export async function idleImage(path: string): Promise<string> {
  const image = Buffer.alloc(KiB(4));
  image.writeUInt32LE(0x1400_0000, 0);
  image.writeBigUInt64LE(BigInt(KiB(4)), 16);
  image.writeUInt32LE(0x644d_5241, 56);
  await mkdir(new URL('.', `file://${path}`), { recursive: true });
  await writeFile(path, image);
  return path;
}

/** Processes whose command line mentions `text`. */
export async function processesWith(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const matching = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
      return line.includes(text) && line.includes('qemu') ? pid : undefined;
    }),
  );
  return matching.filter((pid) => pid !== undefined);
}
