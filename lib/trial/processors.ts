// SPDX-License-Identifier: Apache-2.0
/** How many processors the machine of a trial has. */
import type { HostTree } from '../import/host-tree.ts';
import type { TrialSystem } from './subject.ts';
import { userArguments } from './xen-arguments.ts';

/** Emulated machines have at most so many processors; Xen pins to processors that are there. */
export const mostCpus = 8;

/** So many processors that each vCPU finds one: then each domain is found on its own. */
export const processorsFor = (vcpus: number): number => Math.min(mostCpus, Math.max(2, vcpus));

/** vCPUs of all domains but dom0, as far as the files say. */
export function vcpusOf({ host, domains }: Omit<TrialSystem, 'partials'>): number {
  const ofTree = (host?.domains ?? []).map(({ cpus = 1 }) => cpus);
  const ofXl = domains.map(({ vcpus }) => Number(vcpus?.value ?? 1) || 1);
  return [...ofTree, ...ofXl].reduce((sum, count) => sum + count, 0);
}

/**
 * Whether the user's scheduler gives each vCPU a processor of its own (`sched=null`, which is what
 * ImageBuilder writes where nobody asks for another): a vCPU for which none is left never runs
 * (xen/common/sched/null.c, the wait queue).
 */
export const hasNullScheduler = (host: HostTree | undefined): boolean =>
  userArguments(host).findLast((word) => word.startsWith('sched=')) === 'sched=null';
