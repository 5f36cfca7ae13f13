// SPDX-License-Identifier: Apache-2.0

/** What a Xen, or a build of it, can do about sharing. */
export type LintCapability =
  | 'static-memory'
  | 'static-shm'
  | 'heap-shm'
  | 'reg-cacheable'
  | 'iomem-cacheable'
  | 'xl-static-shm'
  /** Xilinx' sharing as it was ported to 4.20 (images/xen/patches): what it takes and refuses besides. */
  | 'ported'
  | 'llc-coloring';

/** The Xen that a configuration is meant for. */
export interface LintTarget {
  /** As the user called it. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  readonly capabilities: ReadonlySet<LintCapability>;
}

/** Whether the target is that version or a later one. */
export function isAtLeast(
  { major, minor }: LintTarget,
  wanted: readonly [number, number],
): boolean {
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

const upstream = (name: string, minor: number, ...more: readonly LintCapability[]): LintTarget => ({
  name,
  major: 4,
  minor,
  capabilities: new Set(['static-shm', 'static-memory', ...more]),
});

/** Versions that can be named. STATIC_SHM, STATIC_MEMORY, LLC_COLORING are options of each build: these have them. */
export const lintTargets: readonly LintTarget[] = [
  upstream('4.17', 17),
  upstream('4.20', 20, 'heap-shm', 'llc-coloring'),
  upstream('4.22', 22, 'heap-shm', 'llc-coloring'),
  upstream('xilinx-4.17', 17, 'reg-cacheable', 'iomem-cacheable', 'xl-static-shm'),
];
