// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { stage1Attributes } from '../memory/attributes.ts';
import { MisuseError } from '../support/errors.ts';
import { PAGE } from '../support/units.ts';
import type { SystemSpec } from './spec.ts';

const size = z
  .number()
  .int()
  .positive()
  .refine((value) => value % PAGE === 0, 'is not a multiple of 4 KiB');
const address = z
  .bigint()
  .nonnegative()
  .refine((value) => value % BigInt(PAGE) === 0n, 'is not aligned to 4 KiB');
const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,14}$/, 'is not a name of 1 to 15 letters, digits, _ or -');

const memory = z.enum(stage1Attributes.map((attribute) => attribute.name)).optional();

const mapSchema = z.strictObject({
  role: z.enum(['owner', 'borrower']).optional(),
  guestAddress: address.optional(),
  memory,
});

const probe = z.literal('memory');
const vcpus = z.number().int().min(1).max(4).optional();

const sramMapSchema = z.strictObject({
  by: z.enum(['xen,reg', 'xen,reg-cacheable']).optional(),
  guestAddress: address.optional(),
  path: z.boolean().optional(),
  forceAssign: z.boolean().optional(),
  memory,
});

const probeDom0 = z.strictObject({
  probe,
  memory: size.optional(),
  vcpus,
  sram: z.record(z.string(), z.strictObject({ memory })).optional(),
});

const linuxDom0 = z.strictObject({
  linux: z.string(),
  overlay: z.string().optional(),
  guest: z.string().optional(),
  // What is in them is checked as xl's configurations are.
  creates: z.record(name, z.record(z.string(), z.unknown())).optional(),
  memory: size.optional(),
  vcpus: z.number().int().min(1).max(8).optional(),
  bootargs: z.array(z.string()).optional(),
});

const systemSchema = z.strictObject({
  machine: z
    .strictObject({
      gic: z.union([z.literal(2), z.literal(3)]).optional(),
      cpu: z.enum(['cortex-a53', 'cortex-a57', 'max']).optional(),
      cpus: z.number().int().min(1).max(8).optional(),
      memory: size.optional(),
    })
    .optional(),
  xen: z
    .strictObject({ flavour: z.string().optional(), bootargs: z.array(z.string()).optional() })
    .optional(),
  sharedMemory: z
    .record(
      name,
      z.strictObject({
        size,
        hostAddress: z.union([address, z.literal('xen')]).optional(),
        // MAX_SHM_ID_LENGTH counts the NUL (xen/include/xen/bootfdt.h).
        id: z
          .string()
          .min(1, 'is empty')
          .max(15, 'is longer than the 15 characters that Xen keeps')
          .optional(),
      }),
    )
    .optional(),
  sram: z
    .record(
      name,
      z.strictObject({
        size,
        hostAddress: address.optional(),
        passthrough: z.boolean().optional(),
        exported: z.boolean().optional(),
      }),
    )
    .optional(),
  reservedMemory: z
    .record(name, z.strictObject({ size, hostAddress: address.optional() }))
    .optional(),
  dom0: z.union([probeDom0, linuxDom0]).optional(),
  eventChannels: z.record(name, z.record(name, z.number().int().min(1).max(1023))).optional(),
  domains: z.record(
    name,
    z.strictObject({
      probe,
      memory: size.optional(),
      vcpus,
      maps: z.record(z.string(), z.union([mapSchema, z.array(mapSchema).min(1)])).optional(),
      sram: z.record(z.string(), sramMapSchema).optional(),
      staticMemory: address.optional(),
      enhanced: z.literal('no-xenstore').optional(),
    }),
  ),
  isolation: z.enum(['test', 'file']).optional(),
});

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (index === 0 ? String(part) : `.${String(part)}`)).join('');
}

function describe(issue: z.core.$ZodIssue): string[] {
  const at = pathText(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${at === '' ? key : `${at}.${key}`} is not a key it knows`);
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
    if (deepest !== undefined)
      return describe({ ...deepest, path: [...issue.path, ...deepest.path] });
  }
  return [`${at} ${issue.message.replace(/^Invalid/, 'is invalid:')}`];
}

/**
 * Checks the form of a specification: unknown keys, types, alignment, ids.
 * @throws MisuseError that names every fault with its path, before anything boots.
 */
export function checkForm(spec: SystemSpec): void {
  const result = systemSchema.safeParse(spec);
  if (result.success) return;
  const faults = result.error.issues.flatMap(describe);
  throw new MisuseError({
    who: 'system specification',
    what: `${faults.length === 1 ? 'one fault' : `${faults.length} faults`}, nothing was booted`,
    where: faults.join('\n'),
    remedy: 'correct what is named; the keys are those of SystemSpec in lib/xen/spec.ts',
  });
}
