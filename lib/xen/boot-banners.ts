// SPDX-License-Identifier: Apache-2.0
import { findBanner } from './console-lines.ts';

/** What says who it is on a console, in the order in which a board starts it. */
export const bootPrograms = ['fsbl', 'spl', 'tf-a', 'u-boot', 'xen'] as const;
export type BootProgram = (typeof bootPrograms)[number];

/** As people name them. */
export const bootProgramNames: Readonly<Record<BootProgram, string>> = {
  fsbl: 'the first stage boot loader',
  spl: 'U-Boot SPL',
  'tf-a': 'Trusted Firmware',
  'u-boot': 'U-Boot',
  xen: 'Xen',
};

/**
 * Anchored where the program prints nothing in front of it, so that no text about it counts: a
 * device tree's `U-Boot,version`, a variable `ver=U-Boot ...`. U-Boot's command `version` prints its
 * banner again: it is not to be used where a second banner is a reset.
 */
const banners: readonly (readonly [BootProgram, RegExp])[] = [
  ['fsbl', /^(?:Xilinx )?Zynq ?MP First Stage Boot Loader/i],
  ['spl', /^U-Boot SPL \d{4}\.\d{2}/],
  ['tf-a', /^NOTICE: {2}BL31: Built : /],
  ['u-boot', /^U-Boot \d{4}\.\d{2}\S* \(/],
];

/** The program whose banner `line` is. */
export function findBootBanner(line: string): BootProgram | undefined {
  if (findBanner(line) !== undefined) return 'xen';
  return banners.find(([, pattern]) => pattern.test(line))?.[0];
}

/** What says that characters were lost on this very line, or that Xen is not content. */
const warnings = /.*: \d+ input overrun\(s\).*|Xen WARN at \S+/;

/** A line that fails nothing and is to be seen in the report. */
export function findWarning(line: string): string | undefined {
  return warnings.exec(line)?.[0];
}

/** Watches the banners of one epoch, from power-on to power-off or a reset that was expected. */
export class ResetWatch {
  #reached: BootProgram | undefined;

  /** The program that started though it, or a later one, had started before. */
  take(line: string): BootProgram | undefined {
    const found = findBootBanner(line);
    if (found === undefined) return undefined;
    const rank = (program: BootProgram): number => bootPrograms.indexOf(program);
    const again = this.#reached !== undefined && rank(found) <= rank(this.#reached);
    this.#reached = found;
    return again ? found : undefined;
  }

  /** The latest program whose banner was seen. */
  get reached(): BootProgram | undefined {
    return this.#reached;
  }

  /** Begins a new epoch: nothing has started yet. */
  renew(): void {
    this.#reached = undefined;
  }
}
