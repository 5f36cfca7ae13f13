// SPDX-License-Identifier: Apache-2.0
import type { Board } from '../boards/board.ts';
import type { LintTarget } from '../lint/target.ts';
import { generate } from './generate.ts';
import { observe } from './observe.ts';
import type { Observer } from './observer.ts';

/** What configurations of dom0less domains are generated from, and booted on. */
export interface Dom0lessOptions {
  readonly board: Board;
  readonly flavour: string | undefined;
  readonly target: LintTarget;
  readonly seed: string;
  /** Mistakes by parts of their names; none: all, and right ones. */
  readonly only?: readonly string[];
}

/** Boots a machine for each configuration. */
export function dom0lessObserver({
  board,
  flavour,
  target,
  seed,
  only,
}: Dom0lessOptions): Observer {
  const heap = target.capabilities.has('heap-shm');
  return {
    observe: async (index, evidence) => {
      const generated = generate(seed, index, board.layout, only, heap);
      const observed = await observe(generated, { board, flavour, evidence });
      return { mistake: generated.mistake?.mistake, ...observed };
    },
    dispose: () => Promise.resolve(),
  };
}
