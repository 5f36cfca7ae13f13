// SPDX-License-Identifier: Apache-2.0

/** How a board's U-Boot looks from its console. */
export interface UBootProfile {
  /** The whole prompt, its blank too: `ZynqMP> `. */
  readonly prompt: string;
  /** What stops the countdown: bytes, escapes already resolved. */
  readonly interrupt: string;
  /** Source of a regular expression: the line by which U-Boot says who it is. */
  readonly banner: string;
  /** Source of a regular expression: the beginning of the countdown, which has no line end. */
  readonly autobootLine: string;
}

/** U-Boot's own defaults, with the prompt of ZynqMP (configs/xilinx_zynqmp_virt_defconfig). */
export const zynqmpProfile: UBootProfile = {
  prompt: 'ZynqMP> ',
  interrupt: ' ',
  banner: '^U-Boot \\d{4}\\.\\d{2}',
  autobootLine: 'Hit any key to stop autoboot',
};
