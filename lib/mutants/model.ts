// SPDX-License-Identifier: Apache-2.0
/** The kill matrix as values: what `mutants.json` of a run holds. Durations in milliseconds. */
import { z } from 'zod';

const duration = z.number().nonnegative();

const killSchema = z.object({
  test: z.string().describe('file and title of the test that failed first'),
  file: z.string(),
  title: z.string(),
  fault: z.enum(['assertion', 'subject']),
  message: z.string().describe('the first line of what it said'),
  mapped: z
    .array(z.string())
    .describe('how what Xen mapped then differed from what the test had asked for'),
});

const rowSchema = z.object({
  name: z.string(),
  kind: z.enum(['hypervisor', 'toolstack', 'configuration', 'probe', 'console']),
  what: z.string().describe('the seeded fault'),
  verdict: z
    .enum(['killed', 'survived', 'no-verdict'])
    .describe('no-verdict: the suite ended with an error, which proves nothing'),
  kill: killSchema.optional(),
  unrepeated: z
    .array(z.string())
    .optional()
    .describe('failures that did not come again when their test ran alone: false alarms'),
  problem: z.string().optional().describe('why there is no verdict'),
  fault: z.enum(['misuse', 'environment']).optional().describe('whose fault the problem is'),
  survives: z
    .object({ because: z.enum(['equivalent', 'unseen-on-qemu']), argument: z.string() })
    .optional()
    .describe('why it may survive'),
  tests: z.int().nonnegative().describe('how many tests ran'),
  tookMs: duration.describe('the run of the suite, from its start to its end'),
  report: z.string().describe("directory of that run's reports, relative to this file's"),
});

/** The schema of `mutants.json`. */
export const matrixSchema = z.object({
  schemaVersion: z.literal(1),
  startedAt: z.iso.datetime(),
  durationMs: duration,
  seed: z.string().optional().describe('with --sample: the seed that picks the same ones again'),
  tests: z.array(z.string()).describe('files and folders of the suite'),
  control: rowSchema
    .pick({
      verdict: true,
      tests: true,
      tookMs: true,
      problem: true,
      fault: true,
      kill: true,
      unrepeated: true,
      report: true,
    })
    .describe('the suite on what was not mutated; unless it survived, the matrix is void')
    .optional(),
  mutants: z.array(rowSchema),
});

/** A kill matrix. */
export type Matrix = z.infer<typeof matrixSchema>;
/** What became of one mutant. */
export type MatrixRow = z.infer<typeof rowSchema>;
/** What a run of the suite says of what it ran on. */
export type SuiteVerdict = Pick<
  MatrixRow,
  'verdict' | 'kill' | 'unrepeated' | 'problem' | 'fault' | 'tests' | 'tookMs'
>;

/** The same, with where that run's reports are. */
export type JudgedSuite = SuiteVerdict & Pick<MatrixRow, 'report'>;

/** The JSON schema of `mutants.json`: what `lib/report/schema/mutants.schema.json` holds. */
export function matrixJsonSchema(): object {
  return { title: 'Crosspage kill matrix', ...z.toJSONSchema(matrixSchema) };
}
