// SPDX-License-Identifier: Apache-2.0
import type { Board } from '../boards/board.ts';
import type { SystemPlan } from '../xen/plan.ts';

/** The same board, which boots what `change` makes of a plan: all else goes by the plan as it was. */
export function bootingAs(board: Board, change: (plan: SystemPlan) => SystemPlan): Board {
  return {
    name: board.name,
    layout: board.layout,
    capabilities: board.capabilities,
    ...(board.bootBudgetMs !== undefined && { bootBudgetMs: board.bootBudgetMs }),
    hypervisorCapabilities: (flavour) => board.hypervisorCapabilities(flavour),
    start: (order) => board.start({ ...order, plan: change(order.plan) }),
  };
}
