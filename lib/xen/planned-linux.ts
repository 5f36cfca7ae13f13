// SPDX-License-Identifier: Apache-2.0
import type { ProbeConfig } from './xl-plan.ts';

/** A Linux in a domain. */
export interface PlannedLinux {
  /** Its root file system, by its name in images/manifest.json. */
  readonly root: string;
  /** A directory whose files are laid over it. */
  readonly overlay: string | undefined;
  /** Files of this host that are laid over it too, by their paths there without the first `/`. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** Root file system of the Linux domains that it creates. */
  readonly guest: string | undefined;
  /** Linux domains that it creates as it boots. */
  readonly creates: readonly ProbeConfig[];
  readonly bootargs: readonly string[];
}
