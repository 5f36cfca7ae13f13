// SPDX-License-Identifier: Apache-2.0
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import type { PhysicalMemory } from '../boards/board.ts';
import { describeRange, type Range } from '../memory/ranges.ts';
import { EnvironmentError, MisuseError, messageOf } from '../support/errors.ts';
import { hex, hostAddressOf } from '../support/units.ts';

/** Where RAM is found: a file, and the offset at which it begins there. */
interface RamPlace {
  readonly path: string;
  readonly offset: number;
}

/**
 * Where the process `pid` maps its own copy of `file`: its memory is RAM then, for the copy is
 * nowhere else. A mapping that was split is one as long as its parts adjoin.
 */
function findMapping(pid: number, file: string, size: bigint): RamPlace | undefined {
  const real = realpathSync(file);
  // proc_pid_maps(5): address-address permissions offset device inode path.
  const parts = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(` ${real}`))
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+)/.exec(line)?.slice(1) ?? [])
    .map(([from, to, offset]) => ({
      start: Number(`0x${from ?? ''}`),
      end: Number(`0x${to ?? ''}`),
      offset: Number(`0x${offset ?? ''}`),
    }));
  const first = parts.find(({ offset }) => offset === 0);
  if (first === undefined) return undefined;
  const whole = parts
    .filter(({ start, offset }) => start - offset === first.start)
    .reduce((sum, { start, end }) => sum + BigInt(end - start), 0n);
  return whole < size ? undefined : { path: `/proc/${pid}/mem`, offset: first.start };
}

/** The descriptor of QEMU's RAM (`memory-backend-memfd`) in the process `pid`. */
function findMemfd(pid: number): RamPlace | undefined {
  const directory = `/proc/${pid}/fd`;
  const path = readdirSync(directory)
    .map((name) => `${directory}/${name}`)
    .find((path) => {
      try {
        return readlinkSync(path).startsWith('/memfd:memory-backend-memfd');
      } catch {
        return false; // Closed since it was listed.
      }
    });
  return path === undefined ? undefined : { path, offset: 0 };
}

/**
 * The RAM of a QEMU process, through the memfd that backs it, or where it is a private mapping of
 * a file through the process's memory: reads and writes see and are seen by the guests at once,
 * while the machine runs. A memfd stays readable after QEMU has ended.
 */
export class GuestRam implements PhysicalMemory {
  readonly ranges: PhysicalMemory['ranges'];
  readonly #descriptor: number;
  readonly #bank: Range;
  /** Of RAM's first byte behind the descriptor. */
  readonly #base: number;
  #open = true;

  private constructor(descriptor: number, base: number, bank: Range) {
    this.#descriptor = descriptor;
    this.#base = base;
    this.#bank = bank;
    this.ranges = [{ start: hostAddressOf(bank.start), size: bank.size }];
  }

  /**
   * Opens the RAM of `pid`, whose one bank is `bank`; `file` is what it maps privately, if it does.
   * @throws EnvironmentError when the kernel does not allow it.
   */
  static open(pid: number, bank: Range, file?: string): GuestRam {
    try {
      const place = file === undefined ? findMemfd(pid) : findMapping(pid, file, bank.size);
      if (place === undefined) throw new Error(`it has no ${file ?? 'memfd of that name'}`);
      return new GuestRam(openSync(place.path, 'r+'), place.offset, bank);
    } catch (error) {
      throw new EnvironmentError(
        {
          who: `QEMU (pid ${pid})`,
          what: `its RAM could not be opened: ${messageOf(error)}`,
          remedy: 'see that /proc is mounted and that the same user runs QEMU and the tests',
        },
        { cause: error },
      );
    }
  }

  /** @throws MisuseError outside RAM. */
  read(address: bigint, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    const done = readSync(this.#descriptor, bytes, 0, length, this.#offset(address, length));
    if (done < length) throw this.#gone(address);
    return bytes;
  }

  /** @throws MisuseError outside RAM. */
  write(address: bigint, bytes: Uint8Array): void {
    const at = this.#offset(address, bytes.length);
    if (writeSync(this.#descriptor, bytes, 0, bytes.length, at) < bytes.length)
      throw this.#gone(address);
  }

  close(): void {
    if (this.#open) closeSync(this.#descriptor);
    this.#open = false;
  }

  #offset(address: bigint, length: number): number {
    if (!this.#open) throw this.#gone(address);
    const offset = address - this.#bank.start;
    if (offset < 0n || offset + BigInt(length) > this.#bank.size)
      throw new MisuseError({
        who: 'physical memory',
        what: `${hex(address)} + ${length} is not in ${describeRange(this.#bank)}`,
      });
    return this.#base + Number(offset);
  }

  #gone(address: bigint): EnvironmentError {
    return new EnvironmentError({
      who: 'physical memory',
      what: `${hex(address)} was asked for after the machine was taken down`,
      remedy: 'a command was still under way: await it before the test ends',
    });
  }
}
