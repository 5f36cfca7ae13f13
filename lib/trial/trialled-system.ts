// SPDX-License-Identifier: Apache-2.0
import type { System } from '../boot/system.ts';
import { partOf, probeEnd } from './ends.ts';
import type { Trialled } from './examine.ts';
import { lookAtStage2 } from './look-at-stage2.ts';

/** A system of probes as it is tried; `shown`: whether its stage-2 tables can be looked at. */
export function trialled(system: System, shown: boolean): Trialled {
  const { plan, stage2, commonDevices } = system;
  const look = { plan, maps: () => stage2.maps(), commonDevices, ended: () => !system.whole };
  return {
    endOf: (party, offset, size) => {
      const domain = system.domains.get(party.domain);
      if (domain === undefined) return `${party.domain} has no kernel, and is not booted`;
      return probeEnd(domain, partOf(party, offset, size));
    },
    differences: (sharings) => (shown ? lookAtStage2(look, sharings) : Promise.resolve([])),
  };
}
