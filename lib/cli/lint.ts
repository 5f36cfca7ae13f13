// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../images/places.ts';
import { countFindings, formatFindings, type LintFormat, lintFormats } from '../lint/format.ts';
import { lint as judge } from '../lint/lint.ts';
import { rules } from '../lint/rules.ts';
import { type LintTarget, lintTargets } from '../lint/target.ts';
import { MisuseError } from '../support/errors.ts';
import { readConfigurationFiles } from './configuration-files.ts';
import { formatTable } from './table.ts';

export interface LintArguments {
  readonly xen: string;
  readonly format: string;
  readonly rules?: boolean;
}

function targetOf(name: string): LintTarget {
  const target = lintTargets.find((one) => one.name === name);
  if (target !== undefined) return target;
  throw new MisuseError({
    who: `--xen ${name}`,
    what: 'is no Xen that is known',
    remedy: `one of: ${lintTargets.map((one) => one.name).join(', ')}`,
  });
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

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

/** Judges a configuration before any boot; exits with 1 when there are errors. */
export async function lint(paths: readonly string[], options: LintArguments): Promise<void> {
  if (options.rules === true) {
    const rows = Object.entries(rules).map(([name, { summary }]) => [name, summary]);
    process.stdout.write(formatTable([['RULE', 'WHAT IS WRONG'], ...rows]));
    return;
  }
  if (paths.length === 0)
    throw new MisuseError({
      who: 'lint',
      what: 'wants the files or directories that belong together',
      remedy: 'run: npx crosspage lint DIRECTORY',
    });
  const [target, format] = [targetOf(options.xen), formatOf(options.format)];
  const { skipped, ...read } = await readConfigurationFiles(paths);
  const findings = judge({ target, ...read });
  process.stdout.write(formatFindings(findings, format, version()));
  if (format === 'text') {
    const { hosts, partials, domains, imageBuilders, scripts } = read;
    const what = [
      counted(hosts.length, 'host tree'),
      counted(partials.length, 'partial tree'),
      counted(domains.length, 'xl domain'),
      ...(imageBuilders.length > 0
        ? [counted(imageBuilders.length, 'ImageBuilder configuration')]
        : []),
      ...(scripts.length > 0 ? [counted(scripts.length, 'boot script')] : []),
      ...(skipped.length > 0 ? [`${counted(skipped.length, 'file')} of another kind`] : []),
    ].join(', ');
    process.stdout.write(`${findings.length > 0 ? '\n' : ''}${what}, for Xen ${target.name}\n`);
    process.stdout.write(`${countFindings(findings)}\n`);
  }
  if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
}
