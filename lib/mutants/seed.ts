// SPDX-License-Identifier: Apache-2.0
import type { Transport } from '../console/console.ts';
import {
  hypervisorMutants,
  mutantFlavour,
  probeMutants,
  toolstackMutants,
} from '../images/index.ts';
import { MisuseError } from '../support/errors.ts';
import type { SystemPlan } from '../xen/plan.ts';
import { configurationMutants } from './configuration.ts';
import { transportMutants } from './transports.ts';

/** A fault outside of the hypervisor, as the composition root builds it in. */
export interface Seed {
  /** Changes the plan between planning and booting. */
  readonly plan?: (plan: SystemPlan) => SystemPlan;
  /** Changes what the console says. */
  readonly transport?: (inner: Transport) => Transport;
  /** The probe to boot instead. */
  readonly probe?: string;
}

/**
 * The fault that CROSSPAGE_MUTATE names.
 * @throws MisuseError when there is none of that name, or it is one of what is built.
 */
export function seedOf(name: string): Seed {
  const configuration = configurationMutants.find((mutant) => mutant.name === name);
  if (configuration !== undefined) return { plan: configuration.apply };
  const transport = transportMutants.find((mutant) => mutant.name === name);
  if (transport !== undefined) return { transport: transport.wrap };
  if (probeMutants().some((mutant) => mutant.name === name)) return { probe: `mutant-${name}` };
  const built = [
    ['hypervisor', hypervisorMutants()],
    ['toolstack', toolstackMutants()],
  ] as const;
  const [kind] = built.find(([, mutants]) => mutants.some((one) => one.name === name)) ?? [];
  if (kind !== undefined)
    throw new MisuseError({
      who: 'CROSSPAGE_MUTATE',
      what: `"${name}" is a fault of the ${kind}, which is built with it`,
      remedy: `set CROSSPAGE_FLAVOUR=${mutantFlavour(name)} instead`,
    });
  throw new MisuseError({
    who: 'CROSSPAGE_MUTATE',
    what: `no fault is called "${name}"`,
    remedy: 'run: npx crosspage mutants --list',
  });
}
