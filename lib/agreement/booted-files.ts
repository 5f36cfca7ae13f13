// SPDX-License-Identifier: Apache-2.0
import type { Board } from '../boards/board.ts';
import { partialFiles } from '../boot-files/partial-files.ts';
import { writeBlob } from '../dt/index.ts';
import type { LoadedFile } from '../import/boot-loads.ts';
import { readHostTree } from '../import/host-tree.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import { readPartialTree } from '../import/partial-tree.ts';
import { PlacedTree } from '../import/placed-tree.ts';
import { Deadline } from '../support/deadline.ts';
import type { SystemPlan } from '../xen/plan.ts';
import type { Tampering } from '../xen/tampering.ts';

/** Where a file of a boot lies. */
export interface Load {
  readonly file: string;
  readonly address: bigint;
  /** In bytes; undefined where only the room is known that an image takes. */
  readonly size: number | undefined;
}

/** What a boot consists of beside its images: the very blobs. */
export interface BootedFiles {
  readonly host: Uint8Array;
  readonly partials: readonly { readonly file: string; readonly blob: Uint8Array }[];
  readonly loads: readonly Load[];
}

/** The board has said what it would boot, and is not to. */
class Enough extends Error {}

/**
 * The files that the board boots a plan from. It is asked for them as for a boot, and held back when
 * it has the device tree: nothing is started.
 */
export async function filesOf(
  board: Board,
  plan: SystemPlan,
  tampering: Tampering,
  evidence: string,
): Promise<BootedFiles> {
  const partials = partialFiles(plan).map(({ name, blob }) => ({ file: `${name}.dtb`, blob }));
  let files: BootedFiles | undefined;
  const edit: Tampering['edit'] = (tree, places) => {
    const host = writeBlob(tampering.edit?.(tree, places) ?? tree);
    const loads = [...places].map(([name, { address }]) => {
      const partial = partials.find(({ file }) => file === `${name}.dtb`);
      return { file: partial?.file ?? name, address, size: partial?.blob.length };
    });
    files = { host, partials, loads };
    throw new Enough('held back');
  };
  const deadline = Deadline.after(30_000);
  const order = { plan, run: '00000000', evidence, deadline, tampering: { ...tampering, edit } };
  try {
    const machine = await board.start(order);
    await machine.dispose();
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  if (files === undefined) throw new Error(`${board.name} boots no device tree`);
  return files;
}

const loaded = ({ file, address, size }: Load): LoadedFile => ({
  file,
  start: address,
  size: size === undefined ? undefined : BigInt(size),
  where: { file: 'boot' },
});

/** The same as `lint` reads them. */
export function importBooted({ host, partials, loads }: BootedFiles): ImportedFiles {
  return {
    hosts: [readHostTree(PlacedTree.fromBlob('host.dtb', host), loads.map(loaded))],
    partials: partials.map(({ file, blob }) => readPartialTree(PlacedTree.fromBlob(file, blob))),
    domains: [],
    imageBuilders: [],
    scripts: [],
    unreadable: [],
    texts: [],
  };
}
