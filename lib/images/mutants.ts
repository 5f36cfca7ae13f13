// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { z } from 'zod';
import { MisuseError } from '../support/errors.ts';
import { readJson } from './read-json.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);

/** Why no test of the suite can tell a mutant from the original, and the argument for it. */
const survives = z.strictObject({
  because: z.enum(['equivalent', 'unseen-on-qemu']),
  argument: z.string().min(20),
});

const hypervisorMutant = z.strictObject({
  name,
  /** A file in images/xen/mutants, a unified diff for -p1 from the root of Xen's sources. */
  patch: z.string().regex(/^[a-z0-9-]+\.patch$/),
  /** The fault, in one line. */
  what: z.string().min(10),
  /** The flavour of images/manifest.json that the patch is for. */
  base: z.string(),
  survives: survives.optional(),
});

const toolstackMutant = hypervisorMutant.extend({
  /** The toolstack of images/manifest.json that the patch is for; it boots on its hypervisor. */
  base: z.string(),
});

const probeMutant = z.strictObject({
  name,
  /** The macro that seeds the fault: -D on the compiler's command line. */
  define: z.string().regex(/^MUTANT_[A-Z_]+$/),
  what: z.string().min(10),
});

const mutantsSchema = z.strictObject({
  formatVersion: z.literal(1),
  hypervisors: z.array(hypervisorMutant),
  toolstacks: z.array(toolstackMutant),
  probes: z.array(probeMutant),
});

/** images/xen/mutants.json: faults that are seeded into what is booted. */
export type MutantList = z.infer<typeof mutantsSchema>;
/** One fault in the hypervisor. */
export type HypervisorMutant = z.infer<typeof hypervisorMutant>;
/** One fault in a toolstack. */
export type ToolstackMutant = z.infer<typeof toolstackMutant>;
/** One fault in the memory probe. */
export type ProbeMutant = z.infer<typeof probeMutant>;
/** Why a mutant may survive. */
export type Survival = z.infer<typeof survives>;

const remedy = 'correct the file: images/xen/README.md says what it holds';

/**
 * Reads the list of mutants of the project in `root`.
 * @throws MisuseError with the path of each key that is wrong, or a name that is there twice.
 */
export function readMutants(root: string): MutantList {
  const file = join(root, 'images/xen/mutants.json');
  const list = readJson(file, mutantsSchema, remedy);
  const names = [...list.hypervisors, ...list.toolstacks, ...list.probes].map(
    (mutant) => mutant.name,
  );
  const twice = names.filter((one, index) => names.indexOf(one) !== index);
  if (twice.length === 0) return list;
  throw new MisuseError({
    who: file,
    what: `${twice.join(', ')}: the name is there twice`,
    where: file,
    remedy,
  });
}

/** The flavour by which a mutant is booted: CROSSPAGE_FLAVOUR. */
export function mutantFlavour(mutant: string): string {
  return `mutant-${mutant}`;
}
