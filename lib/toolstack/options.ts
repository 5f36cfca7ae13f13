// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import { Deadline } from '../support/deadline.ts';
import type { NamedHostMemory } from '../xen/xl-plan.ts';

/** How long a dom0 that is busy may take to tell what is left of its domains. */
export const destroyMs = 60_000;

/** Where the time of a test has no end: what a timer can hold. */
export const unbounded = Deadline.after(0x7fff_ffff);

/** What a toolstack works with. */
export interface ToolstackParts {
  /** The board's name, for messages. */
  readonly board: string;
  readonly dom0: Dom0;
  /** Host memory that domains may map by `iomem`. */
  readonly hostMemory: readonly NamedHostMemory[];
  /**
   * Of a dom0 in which an earlier process created domains, all of them gone: the highest domid that it
   * saw. Xen gives none again, and xl's logs still tell of those.
   */
  readonly latest?: number | undefined;
}

/** How a domain is created. */
export interface CreateOptions {
  /** Skip the checks of the configuration, for what is wrong on purpose. Default false. */
  readonly unchecked?: boolean;
  /** From the end of `xl create` until the domain answers. Default 20 s, for a Linux 60 s. */
  readonly budgetMs?: number;
  /** An Image in dom0 to boot instead of the probe's: for a domain that is not to come up. */
  readonly kernel?: string;
}
