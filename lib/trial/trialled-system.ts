// SPDX-License-Identifier: Apache-2.0
import type { System } from '../boot/system.ts';
import { partOf, probeEnd } from './ends.ts';
import type { Trialled } from './examine.ts';
import { lookAtStage2 } from './look-at-stage2.ts';
import { notBooted } from './options.ts';
import type { Party } from './sharings.ts';

/**
 * A system of probes as it is tried; `shown`: whether its stage-2 tables can be looked at, `placed`:
 * a party as the machine has it. Default: as the user wrote it.
 */
export function trialled(
  system: System,
  shown: boolean,
  placed: (party: Party) => Party = (party) => party,
): Trialled {
  const { plan, stage2, commonDevices } = system;
  const look = { plan, maps: () => stage2.maps(), commonDevices, ended: () => !system.whole };
  return {
    endOf: (party, offset, size) => {
      const domain = system.domains.get(party.domain);
      if (domain === undefined) return notBooted(party.domain);
      return probeEnd(domain, partOf(placed(party), offset, size));
    },
    differences: (sharings) => (shown ? lookAtStage2(look, sharings) : Promise.resolve([])),
  };
}
