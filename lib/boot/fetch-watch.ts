// SPDX-License-Identifier: Apache-2.0
import type { Processors, StoppedProcessor } from '../boards/board.ts';
import { type Deadline, pause } from '../support/deadline.ts';
import { SubjectError } from '../support/errors.ts';
import { hex } from '../support/units.ts';

/** What a processor does about an instruction that Xen does not let a guest fetch. */
type Sighting =
  /** A round begins: in the guest, about to fetch it, or at the first instruction of Xen's vector. */
  | 'fetching'
  /** In Xen behind that, which will return to the same instruction. */
  | 'in Xen'
  | undefined;

/** CPSR.M[3:2] (Arm ARM C5.2.19). */
const exceptionLevel = (cpsr: bigint): bigint => (cpsr >> 2n) & 3n;

/** ESR_EL2: an instruction abort from a lower level, and in IFSC a permission fault (D24.2.40). */
const isRefusedFetch = (esr: bigint): boolean => esr >> 26n === 0x20n && (esr & 0x3cn) === 0x0cn;

/** HPFAR_EL2.FIPA, as an address. */
const faultingPage = (hpfar: bigint): bigint => ((hpfar >> 4n) & 0xfff_ffff_ffffn) << 12n;

/** The vector for a guest's synchronous exceptions (Arm ARM D1.3.1.5). */
const vectorOffset = 0x400n;

async function look(cpu: StoppedProcessor, guestAddress: bigint): Promise<Sighting> {
  const fault = await cpu.register('ESR_EL2');
  if (!isRefusedFetch(fault)) return undefined;
  if (faultingPage(await cpu.register('HPFAR_EL2')) !== guestAddress) return undefined;
  // The guest's own address of the instruction.
  const instruction = await cpu.register('FAR_EL2');
  const level = exceptionLevel(await cpu.register('CPSR'));
  const at = await cpu.register('PC');
  if (level !== 2n) return at === instruction ? 'fetching' : undefined;
  // An exception that Xen takes itself meanwhile.
  if ((await cpu.register('ELR_EL2')) !== instruction) return undefined;
  return at === (await cpu.register('VBAR_EL2')) + vectorOffset ? 'fetching' : 'in Xen';
}

/**
 * Looks at the processors again and again until one was seen to go round: in Xen, for the fetch of
 * an instruction that it refuses, and after that at the same fetch again.
 * @throws SubjectError when that was not seen before the deadline.
 */
export async function seeRefetch(
  who: string,
  processors: Processors,
  guestAddress: bigint,
  deadline: Deadline,
): Promise<void> {
  const seen = { 'in Xen': 0, fetching: 0 };
  // What was seen last is told, and not the stop that the deadline cut off.
  const within = deadline.within(0.8 * deadline.leftMs);
  let looks = 0;
  while (!within.passed) {
    looks++;
    const sightings = await processors.whileStopped(deadline, async (cpus) => {
      const all: Sighting[] = [];
      for (const cpu of cpus) all.push(await look(cpu, guestAddress));
      return all;
    });
    if (seen['in Xen'] > 0 && sightings.includes('fetching')) return;
    for (const sighting of sightings) if (sighting !== undefined) seen[sighting]++;
    // The guest gets on meanwhile, on a busy host too.
    await pause(1);
  }
  throw new SubjectError({
    who,
    what: `no guest was seen to fetch from ${hex(guestAddress)} again and again`,
    reached:
      `${looks} looks: ${seen['in Xen']} times Xen had taken the fault,` +
      ` ${seen.fetching} times it was about to take it`,
    remedy: 'see processors.txt for where the domain is',
  });
}
