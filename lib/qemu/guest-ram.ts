// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readdirSync, readlinkSync, readSync, writeSync } from 'node:fs';
import type { PhysicalMemory } from '../boards/board.ts';
import { describeRange, type Range } from '../memory/ranges.ts';
import { EnvironmentError, MisuseError, messageOf } from '../support/errors.ts';
import { hex, hostAddressOf } from '../support/units.ts';

/** The descriptor of QEMU's RAM (`memory-backend-memfd`) in the process `pid`. */
function findMemfd(pid: number): string | undefined {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory)
    .map((name) => `${directory}/${name}`)
    .find((path) => {
      try {
        return readlinkSync(path).startsWith('/memfd:memory-backend-memfd');
      } catch {
        return false; // Closed since it was listed.
      }
    });
}

/**
 * The RAM of a QEMU process, through the memfd that backs it: reads and writes see and are seen by
 * the guests at once, while the machine runs. It stays readable after QEMU has ended.
 */
export class GuestRam implements PhysicalMemory {
  readonly ranges: PhysicalMemory['ranges'];
  readonly #descriptor: number;
  readonly #bank: Range;
  #open = true;

  private constructor(descriptor: number, bank: Range) {
    this.#descriptor = descriptor;
    this.#bank = bank;
    this.ranges = [{ start: hostAddressOf(bank.start), size: bank.size }];
  }

  /**
   * Opens the RAM of `pid`, whose one bank is `bank`.
   * @throws EnvironmentError when the kernel does not allow it.
   */
  static open(pid: number, bank: Range): GuestRam {
    try {
      const path = findMemfd(pid);
      if (path === undefined) throw new Error('it has no memfd of that name');
      return new GuestRam(openSync(path, 'r+'), bank);
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
    readSync(this.#descriptor, bytes, 0, length, this.#offset(address, length));
    return bytes;
  }

  /** @throws MisuseError outside RAM. */
  write(address: bigint, bytes: Uint8Array): void {
    writeSync(this.#descriptor, bytes, 0, bytes.length, this.#offset(address, bytes.length));
  }

  close(): void {
    if (this.#open) closeSync(this.#descriptor);
    this.#open = false;
  }

  #offset(address: bigint, length: number): number {
    if (!this.#open)
      throw new EnvironmentError({
        who: 'physical memory',
        what: `${hex(address)} was asked for after the machine was taken down`,
        remedy: 'a command was still under way: await it before the test ends',
      });
    const offset = address - this.#bank.start;
    if (offset < 0n || offset + BigInt(length) > this.#bank.size)
      throw new MisuseError({
        who: 'physical memory',
        what: `${hex(address)} + ${length} is not in ${describeRange(this.#bank)}`,
      });
    return Number(offset);
  }
}
