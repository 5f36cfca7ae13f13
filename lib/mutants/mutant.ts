// SPDX-License-Identifier: Apache-2.0
import {
  hypervisorMutants,
  mutantFlavour,
  probeMutants,
  toolstackMutants,
} from '../images/index.ts';
import { MisuseError } from '../support/errors.ts';
import { configurationMutants } from './configuration.ts';
import type { MatrixRow } from './model.ts';
import { transportMutants } from './transports.ts';

/** One seeded fault, and how the suite is told to run with it. */
export interface Mutant extends Pick<MatrixRow, 'name' | 'kind' | 'what' | 'survives'> {
  /** Image that has to be built for it. */
  readonly image?: string;
  /** Variables of the suite's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** All mutants there are. */
export function allMutants(): Mutant[] {
  const seeded = (name: string): Pick<Mutant, 'name' | 'env'> => ({
    name,
    env: { CROSSPAGE_MUTATE: name },
  });
  return [
    ...hypervisorMutants().map(({ name, what, survives }): Mutant => ({
      name,
      kind: 'hypervisor',
      what,
      ...(survives && { survives }),
      image: `xen-${mutantFlavour(name)}`,
      env: { CROSSPAGE_FLAVOUR: mutantFlavour(name) },
    })),
    ...toolstackMutants().map(({ name, what, survives }): Mutant => ({
      name,
      kind: 'toolstack',
      what,
      ...(survives && { survives }),
      image: `toolstack-${mutantFlavour(name)}`,
      env: { CROSSPAGE_FLAVOUR: mutantFlavour(name) },
    })),
    ...configurationMutants.map(({ name, what, survives }): Mutant => ({
      ...seeded(name),
      kind: 'configuration',
      what,
      ...(survives && { survives }),
    })),
    ...probeMutants().map(({ name, what }): Mutant => ({
      ...seeded(name),
      kind: 'probe',
      what,
      image: `probe-mutant-${name}`,
    })),
    ...transportMutants.map(({ name, what, survives }): Mutant => ({
      ...seeded(name),
      kind: 'console',
      what,
      ...(survives && { survives }),
    })),
  ];
}

/**
 * The mutants called `names`, in the order of the list; all of them for no names. A name may be
 * that of a kind: all of that kind.
 * @throws MisuseError for a name that no mutant has.
 */
export function chooseMutants(mutants: readonly Mutant[], names: readonly string[]): Mutant[] {
  const fits = (mutant: Mutant, name: string): boolean =>
    mutant.name === name || mutant.kind === name;
  const unknown = names.filter((name) => !mutants.some((mutant) => fits(mutant, name)));
  if (unknown.length > 0)
    throw new MisuseError({
      who: 'mutants',
      what: `no mutant is called ${unknown.join(', ')}`,
      lastSeen: `there are: ${mutants.map(({ name }) => name).join(', ')}`,
      remedy:
        'correct the name; a kind (hypervisor, toolstack, configuration, probe, console) names all of it',
    });
  if (names.length === 0) return [...mutants];
  return mutants.filter((mutant) => names.some((name) => fits(mutant, name)));
}
