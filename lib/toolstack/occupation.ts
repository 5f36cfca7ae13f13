// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import type { Inventory } from './inventory.ts';

/** Keeps a processor for some hundred milliseconds, emulated. */
export const busyLoop = 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done';

/** Has a domain with Linux in it, which waits on no processor, run for a look at its tables. */
export class Occupation {
  readonly #dom0: Dom0;
  readonly #there: Inventory;
  #busy: Promise<unknown> | undefined;

  constructor(dom0: Dom0, there: Inventory) {
    this.#dom0 = dom0;
    this.#there = there;
  }

  /** Settles when the domain `name`, dom0 where there is none, was busy: one is at a time. */
  async begin(name: string): Promise<void> {
    const linux = this.#there.linux.find((domain) => domain.name === name);
    this.#busy ??= (linux?.output(busyLoop) ?? this.#dom0.output(['sh', '-c', busyLoop])).finally(
      () => (this.#busy = undefined),
    );
    await this.#busy;
  }
}
