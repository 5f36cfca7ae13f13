// SPDX-License-Identifier: Apache-2.0
/**
 * A run as values: what `results.json` holds, and what every other report is made from. Times are
 * ISO 8601 in UTC, durations in milliseconds, files relative to the project, and the paths of
 * attachments relative to the run's directory.
 */
import { z } from 'zod';

const faults = z.enum(['assertion', 'subject', 'misuse', 'environment', 'blocked']);
const factValues = z.record(z.string(), z.array(z.string()));
const count = z.int().nonnegative();
const duration = z.number().nonnegative();

const errorSchema = z.object({
  name: z.string().describe("the class of the error; 'Error' for a matcher's"),
  message: z.string().describe('without the name and without escape sequences'),
  stack: z.string().optional(),
  snippet: z.string().optional().describe('the lines of the test around the place of the error'),
  location: z.object({ file: z.string(), line: count, column: count }).optional(),
  fault: faults.optional().describe('whose fault it is; absent when nothing tells'),
  reached: z
    .string()
    .optional()
    .describe('how far it came before that: stages with their times, the last one last'),
});

const attachmentSchema = z.object({
  name: z.string(),
  contentType: z.string(),
  path: z.string().optional().describe('relative to the directory of the run'),
  problem: z.string().optional().describe('why there is no path'),
});

const attemptSchema = z.object({
  id: z
    .string()
    .describe('hash of run, host, configuration, project, test and attempt: the same for a copy'),
  startedAt: z.iso.datetime(),
  durationMs: duration,
  status: z.enum(['passed', 'failed', 'timed-out', 'skipped', 'interrupted']),
  fault: faults.optional(),
  errors: z.array(errorSchema),
  attachments: z.array(attachmentSchema),
  facts: factValues.describe('what the fixtures told, by key, in the order in which they told it'),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
});

const testSchema = z.object({
  id: z.string().describe('hash of project, file and titles: the same in every run'),
  title: z.string(),
  titlePath: z.array(z.string()).describe('from the outermost describe to the title'),
  file: z.string(),
  line: count,
  column: count,
  project: z.string(),
  tags: z.array(z.string()),
  capabilities: z.object({ required: z.array(z.string()), missing: z.array(z.string()) }),
  outcome: z
    .enum([
      ...(['passed', 'failed', 'error', 'blocked', 'skipped'] as const),
      ...(['flaky', 'expected-failure', 'not-run'] as const),
    ])
    .describe(
      'failed: the subject or an assertion; blocked: there was no board to try it on; error: anything else',
    ),
  fault: faults.optional().describe("that of the last attempt, when the outcome isn't as expected"),
  skipKind: z.enum(['skip', 'fixme', 'missing-capability', 'blocked', 'not-run']).optional(),
  skipReason: z.string().optional(),
  timeoutMs: duration.optional().describe('the time-out of an attempt; 0 is none'),
  attempts: z.array(attemptSchema),
  properties: factValues.describe("the last attempt's facts"),
});

const waitSchema = z.object({ count, medianMs: duration, p95Ms: duration, maxMs: duration });

const recordsSchema = z.object({ received: count, missing: count, damaged: count });

const projectSchema = z.object({
  name: z.string(),
  board: z.string().optional(),
  xenVersion: z.string().optional(),
  qemuVersion: z.string().optional(),
  properties: factValues.describe('the distinct values that the facts of its tests have'),
  waits: z
    .record(z.string(), waitSchema)
    .optional()
    .describe('how long its boots took to each stage, by the key of the fact'),
  records: recordsSchema
    .optional()
    .describe('of what the probes said on its consoles: how much came, was lost, was damaged'),
});

const mappingSchema = z.object({
  mechanism: z.string().describe('a way to share memory, by its name in lib/xen/mechanisms.ts'),
  party: z.string(),
  flavour: z.string(),
  mapped: z
    .array(z.string())
    .describe('p2m type and stage-2 attributes; several when pages differ'),
  expected: z.string().optional().describe('absent where that flavour or party is not expected'),
  asExpected: z.boolean(),
  boards: z.array(z.string()),
  xenVersions: z.array(z.string()),
  qemuVersions: z.array(z.string()),
  tests: z.array(z.string()).describe('file and titles of those that measured it'),
});

const runSchema = z.object({
  id: z.string(),
  startedAt: z.iso.datetime(),
  durationMs: duration,
  status: z.enum(['passed', 'failed', 'timed-out', 'interrupted']),
  gitRevision: z.string().optional(),
  dirty: z.boolean().optional().describe('whether the working tree had changes'),
  seed: z.string().optional(),
  command: z.string(),
  exitCode: z.int(),
  host: z.object({ name: z.string(), node: z.string(), platform: z.string() }),
  tools: z.record(z.string(), z.string()),
  errors: z.array(errorSchema).describe('errors outside of any test'),
});

/** The schema of what was measured of mechanisms, in `results.json` and as the documentation has it. */
export const mappingResultsSchema = z.array(mappingSchema);

/** The schema of `results.json`. */
export const runResultSchema = z.object({
  schemaVersion: z.literal(1),
  run: runSchema,
  projects: z.array(projectSchema),
  tests: z.array(testSchema),
  mechanisms: mappingResultsSchema.describe(
    'how parties of ways to share memory were found to be mapped',
  ),
});

/** A whole run. */
export type RunResult = z.infer<typeof runResultSchema>;
/** What is known of the run itself. */
export type RunInfo = z.infer<typeof runSchema>;
/** One Playwright project: usually one board. */
export type ProjectResult = z.infer<typeof projectSchema>;
/** One test in one project, with all its attempts. */
export type TestResult = z.infer<typeof testSchema>;
/** One attempt of a test. */
export type AttemptResult = z.infer<typeof attemptSchema>;
/** One error of an attempt or of the run. */
export type ErrorResult = z.infer<typeof errorSchema>;
/** One file that an attempt left as evidence. */
export type AttachmentResult = z.infer<typeof attachmentSchema>;
/** How a party of a mechanism was found to be mapped on a flavour. */
export type MappingResult = z.infer<typeof mappingSchema>;
/** Whose fault a failure is. */
export type ReportedFault = z.infer<typeof faults>;
/** What became of a test. */
export type Outcome = TestResult['outcome'];
/** Values of facts by their key. */
export type FactValues = z.infer<typeof factValues>;

/** The JSON schema of `results.json`: what `schema/results.schema.json` holds. */
export function resultsJsonSchema(): object {
  return { title: 'Crosspage results', ...z.toJSONSchema(runResultSchema) };
}
