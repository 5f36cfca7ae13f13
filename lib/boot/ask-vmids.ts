// SPDX-License-Identifier: Apache-2.0
import type { RunningMachine } from '../boards/board.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import { findVmid } from '../xen/p2m.ts';
import { pressKey } from './debug-keys.ts';

/** A vCPU has no more interrupts in flight than that, and none twice. */
const mostInFlight = 1020;

/** A vCPU's interrupts in Xen's answer (xen/arch/arm/gic-vgic.c, gic_dump_vgic_info). */
const inFlight = /(?:Inflight|Pending) irq=/;

/**
 * Asks Xen by debug key q which VMID each domain has, until it has told those of `wanted`, by domid.
 * Serial input has to be Xen's.
 * @returns VMIDs by domid, of other domains too.
 * @throws EnvironmentError when Xen does not say it by the deadline, or comes to no end.
 */
export async function askVmids(
  { board, machine }: { readonly board: string; readonly machine: RunningMachine },
  wanted: ReadonlyMap<number, string>,
  deadline: Deadline,
): Promise<ReadonlyMap<number, number>> {
  const { console } = machine;
  const found = new Map<number, number>();
  let interrupts = 0;
  const missing = (): string[] =>
    [...wanted].filter(([domid]) => !found.has(domid)).map(([, name]) => name);
  const failure = (what: string, remedy: string): EnvironmentError =>
    new EnvironmentError({
      ...{ who: board, what, remedy },
      ...{ reached: `VMIDs of ${found.size} domains`, where: console.transcript.files.lines },
    });
  const after = console.transcript.lines.length;
  await pressKey(machine, 'q', deadline.within(1000));
  const answer = await console.waitFor(
    ({ text }) => {
      const said = findVmid(text);
      if (said !== undefined) found.set(said.domid, said.vmid);
      interrupts = inFlight.test(text) ? interrupts + 1 : 0;
      if (missing().length === 0) return 'said';
      return interrupts > mostInFlight ? 'endless' : undefined;
    },
    {
      ...{ deadline, after },
      late: () =>
        failure(
          `Xen did not say which VMID ${missing().join(', ')} has`,
          'see what Xen answered to the debug key q',
        ),
    },
  );
  if (answer === 'said') return found;
  throw failure(
    `Xen comes to no end with the interrupts of a vCPU, and does not say which VMID ${missing().join(', ')} has`,
    'boot it again: Xen goes through that list without its lock, and may go round on one that changes (gic_dump_vgic_info, xen/arch/arm/gic-vgic.c)',
  );
}
