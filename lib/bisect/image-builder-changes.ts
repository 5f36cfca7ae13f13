// SPDX-License-Identifier: Apache-2.0
import type { ShellConfig, ShellSetting } from '../import/shell-config.ts';
import type { Change } from './change.ts';
import { compareStatements, mixQuoted, type Statement, type Statements } from './statements.ts';
import type { TextMixer } from './text-edits.ts';

/** Variables that are command lines: of Xen, of dom0, of a domain. */
const commandLine = /^(?:XEN|DOM0|DOMU|LINUX)_CMD\b/;

const nameOf = ({ name, index }: ShellSetting): string =>
  index === undefined ? name : `${name}[${index}]`;

/** What differs between two configurations of ImageBuilder: variables, arguments. */
export function compareImageBuilder(
  good: ShellConfig,
  bad: ShellConfig,
  changes: Change[],
): TextMixer {
  const fileOf = ({ source, settings }: ShellConfig): Statements['good'] => ({
    source,
    statements: settings.map((setting): Statement => {
      const { span, value, where } = setting;
      const head = source.text.slice(span.start, span.value);
      return {
        name: nameOf(setting),
        span,
        value: { start: span.value, end: span.end },
        operator: head.endsWith('+=') ? '+=' : '=',
        says: value,
        where,
      };
    }),
  });
  return compareStatements(
    { good: fileOf(good), bad: fileOf(bad), changes },
    (statements, from, to) =>
      commandLine.test(from.name) ? mixQuoted(statements, from, to) : undefined,
  );
}
