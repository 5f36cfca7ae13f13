// SPDX-License-Identifier: Apache-2.0
import { printSource, writeBlob } from '../dt/index.ts';
import type { PlannedDomain, SystemPlan } from '../xen/plan.ts';
import { partialTree } from '../xen/sram-tree.ts';

/** The partial device tree of a domain as a boot module. */
export interface PartialFile {
  readonly domain: PlannedDomain;
  /** Of the file, without `.dtb` or `.dts`. */
  readonly name: string;
  readonly blob: Uint8Array;
  readonly source: string;
}

/** One for each domain that has one, in the order of the plan. */
export function partialFiles(plan: SystemPlan): PartialFile[] {
  return plan.domains.flatMap((domain) => {
    const tree = partialTree(domain);
    if (tree === undefined) return [];
    const name = `${domain.name}.partial`;
    return { domain, name, blob: writeBlob(tree), source: printSource(tree) };
  });
}

/** What is written beside the console: blobs, and what people read. */
export function partialEvidence(
  files: readonly PartialFile[],
): Record<string, Uint8Array | string> {
  const named = files.flatMap(({ name, blob, source }) => [
    [`${name}.dtb`, blob] as const,
    [`${name}.dts`, source] as const,
  ]);
  return Object.fromEntries<Uint8Array | string>(named);
}
