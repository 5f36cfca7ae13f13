// SPDX-License-Identifier: Apache-2.0
import type { Board, BootOrder, Preparation } from '../boards/board.ts';
import type { SystemPlan } from '../xen/plan.ts';

/**
 * A board that boots something else than it is asked to: `mutate` changes the plan after it was
 * made and before anything is made from it. Whoever asked goes on believing the plan.
 */
export function mutatedBoard(board: Board, mutate: (plan: SystemPlan) => SystemPlan): Board {
  const mutated = (order: BootOrder): BootOrder => ({ ...order, plan: mutate(order.plan) });
  const startPrepared = board.startPrepared?.bind(board);
  return {
    name: board.name,
    capabilities: board.capabilities,
    layout: board.layout,
    hypervisorCapabilities: (flavour) => board.hypervisorCapabilities(flavour),
    // Without them tests of the toolstack would be skipped, and kill nothing.
    toolstackCapabilities: (flavour) => board.toolstackCapabilities?.(flavour) ?? [],
    start: (order) => board.start(mutated(order)),
    ...(startPrepared && {
      startPrepared: (order: BootOrder, prepare: Preparation) =>
        startPrepared(mutated(order), prepare),
    }),
  };
}
