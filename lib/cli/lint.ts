// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../images/places.ts';
import { describeMended, mend } from '../lint/edits.ts';
import type { Finding } from '../lint/finding.ts';
import { countFindings, formatFindings, type LintFormat, lintFormats } from '../lint/format.ts';
import { judge } from '../lint/lint.ts';
import { documentedRules, rulesPage } from '../lint/rules-page.ts';
import { rules } from '../lint/rules.ts';
import type { Judgement } from '../lint/suppressions.ts';
import type { LintTarget } from '../lint/target.ts';
import { EnvironmentError, messageOf, MisuseError } from '../support/errors.ts';
import type { SourceText } from '../support/source-text.ts';
import { countText } from '../support/wording.ts';
import { readConfigurationFiles, type ReadFiles } from './configuration-files.ts';
import { lintTargetOf } from './lint-target.ts';
import { formatTable } from './table.ts';

export interface LintArguments {
  readonly xen: string;
  readonly format: string;
  readonly rules?: boolean;
  readonly write?: boolean;
  readonly fix?: boolean;
  readonly dryRun?: boolean;
}

function formatOf(name: string): LintFormat {
  const format = lintFormats.find((one) => one === name);
  if (format !== undefined) return format;
  throw new MisuseError({
    who: `--format ${name}`,
    what: 'is no format',
    remedy: `one of: ${lintFormats.join(', ')}`,
  });
}

const version = (): string => {
  const text = readFileSync(join(projectRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
};

function summary(read: ReadFiles, target: LintTarget, { findings, suppressed }: Judgement): string {
  const { hosts, partials, domains, imageBuilders, scripts, skipped } = read;
  const what = [
    countText(hosts.length, 'host tree'),
    countText(partials.length, 'partial tree'),
    countText(domains.length, 'xl domain'),
    ...(imageBuilders.length > 0
      ? [countText(imageBuilders.length, 'ImageBuilder configuration')]
      : []),
    ...(scripts.length > 0 ? [countText(scripts.length, 'boot script')] : []),
    ...(skipped.length > 0 ? [`${countText(skipped.length, 'file')} of another kind`] : []),
  ].join(', ');
  const answered = suppressed.length > 0 ? `, ${suppressed.length} answered by comments` : '';
  return `${what}, for Xen ${target.name}\n${countFindings(findings)}${answered}\n`;
}

/** In place: its mode and its links stay. */
function save(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new EnvironmentError(
      { who: file, what: `cannot be written: ${messageOf(error)}` },
      { cause: error },
    );
  }
}

/** What is not mended, is not to become another either. @throws MisuseError where it would. */
function checkSame({ file, text }: SourceText): void {
  const bytes = readFileSync(file);
  // Somebody may have edited it in the meantime.
  if (bytes.toString('utf8') !== text)
    throw new MisuseError({
      who: file,
      what: 'has changed while it was read',
      remedy: 'run it again',
    });
  if (!bytes.equals(Buffer.from(text)))
    throw new MisuseError({
      who: file,
      what: 'is not UTF-8: written back, its other bytes would be lost; no file was changed',
      remedy: `make it UTF-8, such as with iconv -f latin1 -t utf8, or make the changes of --fix --dry-run by hand`,
    });
}

/** Writes what findings know how to mend, or shows it; true when files are other ones now. */
function fix(findings: readonly Finding[], read: ReadFiles, dryRun: boolean): boolean {
  const mended = mend(findings, read.texts);
  if (dryRun) {
    process.stdout.write(mended.map(describeMended).join(''));
    return false;
  }
  for (const { source } of mended) checkSame(source);
  for (const { source, text } of mended) {
    save(source.file, text);
  }
  const count = mended.reduce((sum, { edits }) => sum + edits.length, 0);
  if (count > 0)
    process.stderr.write(
      `mended ${countText(count, 'place')} in ${countText(mended.length, 'file')}\n`,
    );
  return count > 0;
}

function printRules({ write }: LintArguments): void {
  if (write === true) {
    writeFileSync(join(projectRoot, documentedRules), rulesPage());
    process.stdout.write(`wrote ${documentedRules}\n`);
    return;
  }
  const rows = Object.entries(rules).map(([name, { summary: text }]) => [name, text]);
  process.stdout.write(formatTable([['RULE', 'WHAT IS WRONG'], ...rows]));
}

function checkOptions(paths: readonly string[], options: LintArguments): void {
  const misuse = (what: string, remedy: string): MisuseError =>
    new MisuseError({ who: 'lint', what, remedy });
  if (paths.length === 0)
    throw misuse(
      'wants the files or directories that belong together',
      'run: npx crosspage lint DIRECTORY',
    );
  if (options.dryRun === true && options.fix !== true)
    throw misuse('--dry-run is for --fix', 'give --fix too');
  if (options.write === true) throw misuse('--write is for --rules', 'give --rules too');
}

/** As often as --fix mends and judges again; nothing that it writes needs more. */
const mostPasses = 8;

/** Judges a configuration before any boot; exits with 1 when there are errors. */
export async function lint(paths: readonly string[], options: LintArguments): Promise<void> {
  if (options.rules === true) {
    printRules(options);
    return;
  }
  checkOptions(paths, options);
  const [target, format] = [lintTargetOf(options.xen), formatOf(options.format)];
  let read = await readConfigurationFiles(paths);
  let judgement = judge({ target, ...read });
  // Of two edits of one value, the second is for the next time.
  for (let pass = 0; options.fix === true && pass < mostPasses; pass++) {
    if (!fix(judgement.findings, read, options.dryRun === true)) break;
    read = await readConfigurationFiles(paths);
    judgement = judge({ target, ...read });
  }
  const { findings } = judgement;
  if (options.dryRun !== true) {
    process.stdout.write(formatFindings(findings, format, version(), judgement.suppressed));
    if (format === 'text')
      process.stdout.write(`${findings.length > 0 ? '\n' : ''}${summary(read, target, judgement)}`);
  }
  if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
}
