// SPDX-License-Identifier: Apache-2.0
import { symlinkSync } from 'node:fs';
import { OwnedProcess } from '../../../lib/host/processes.ts';

/**
 * Holds the master of a pseudo-terminal, as a board is at the far end of a cable: what comes to it
 * goes to standard output, what is on standard input goes to it. It keeps the slave closed, so
 * that nobody but the line under test has the device open.
 */
const holder = `
import os, select, sys, time, tty
master, slave = os.openpty()
tty.setraw(slave)
name = os.ttyname(slave)
os.close(slave)
sys.stderr.write(name + '\\n')
sys.stderr.flush()
source = 0
while True:
    readable, _, _ = select.select([master] + ([source] if source is not None else []), [], [])
    if master in readable:
        try:
            os.write(1, os.read(master, 65536))
        except OSError:
            time.sleep(0.005)
    if source in readable:
        data = os.read(source, 65536)
        if not data:
            break
        while data:
            data = data[os.write(master, data):]
`;

/** The far end of a serial port. */
export interface Pty extends AsyncDisposable {
  /** The device, as a lab file would name it. */
  readonly path: string;
  readonly pid: number;
  say(text: string | Uint8Array): void;
  /** What came to the far end so far. */
  readonly heard: Buffer;
  /** Settles when `holds` does of what came to the far end. */
  until(holds: (heard: Buffer) => boolean): Promise<void>;
  /** The device goes away, as a cable that is pulled out. */
  unplug(): Promise<void>;
}

/** A pseudo-terminal; `link` is a name that it gets, as udev gives one by-id. */
export async function openPty(link?: string): Promise<Pty> {
  const process = await OwnedProcess.start('python3', ['-c', holder]);
  let heard = Buffer.alloc(0);
  const looks = new Set<() => void>();
  process.stdout.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]);
    for (const look of looks) look();
  });
  while (!process.stderr.includes('\n')) await new Promise((resolve) => setTimeout(resolve, 5));
  const device = process.stderr.trim();
  if (link !== undefined) symlinkSync(device, link);
  return {
    path: link ?? device,
    pid: process.pid,
    say: (text) => process.stdin.write(text),
    get heard() {
      return heard;
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds(heard)) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
      }),
    unplug: async () => {
      await process.stop();
    },
    [Symbol.asyncDispose]: async () => {
      await process.stop();
    },
  };
}
