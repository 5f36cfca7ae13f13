// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';

/** A process that has a device open. */
export interface Holder {
  readonly pid: number;
  /** Its command line; empty when it may not be read. */
  readonly command: string;
}

async function holds(pid: string, device: string): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  const links = await readdir(directory).catch(() => []);
  const targets = await Promise.all(
    links.map((fd) => readlink(`${directory}/${fd}`).catch(() => '')),
  );
  return targets.includes(device);
}

async function commandOf(pid: string): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
  return text.split('\0').join(' ').trim();
}

/**
 * The processes that have the device behind `path` open, as far as /proc shows them: those of
 * other users only to root. This process counts too.
 */
export async function holdersOf(path: string): Promise<Holder[]> {
  const device = await realpath(path);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const holding: Holder[] = [];
  for (const pid of pids)
    if (await holds(pid, device)) holding.push({ pid: Number(pid), command: await commandOf(pid) });
  return holding;
}

/** `process 4711 (picocom -b 115200 /dev/ttyUSB0)`. */
export function describeHolders(holders: readonly Holder[]): string {
  const one = ({ pid, command }: Holder): string => {
    const self = pid === process.pid ? 'this process' : 'process';
    return `${self} ${pid}${command === '' ? '' : ` (${command.slice(0, 120)})`}`;
  };
  return holders.map(one).join(', ');
}
