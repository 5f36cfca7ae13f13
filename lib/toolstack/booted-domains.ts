// SPDX-License-Identifier: Apache-2.0
import { Domain } from '../probe/domain.ts';
import { Deadline } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import { isDom0 } from '../xen/dom0.ts';
import { findProbe, type ProbeSearch } from './find-probe.ts';

/** How long their probes may take to be found: they are up before dom0 is. */
const budgetMs = 5000;

/**
 * The domains that Xen made beside dom0 at boot.
 * @throws SubjectError when a probe of theirs is not there.
 */
export async function connectBooted(search: ProbeSearch): Promise<Domain[]> {
  const { plan, probeRun: run } = search.dom0;
  const { writes, stage2 } = search;
  const booted: Domain[] = [];
  for (const domain of plan.domains.filter((one) => !isDom0(one))) {
    const sought = { plan: domain, run, from: 0, goesOn: true };
    const { client, monitor } = await findProbe(search, sought, Deadline.after(budgetMs));
    booted.push(new Domain(domain, { client, writes, stage2 }, monitor.notes));
  }
  return booted;
}

/** @throws MisuseError: Xen made no domain of that name. */
export function noneBooted(board: string, name: string, names: readonly string[]): never {
  throw new MisuseError({
    who: board,
    what: `booted no domain ${name} beside dom0 (it booted: ${names.join(', ') || 'none'})`,
  });
}
