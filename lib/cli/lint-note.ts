// SPDX-License-Identifier: Apache-2.0
import { resolveImages } from '../images/index.ts';
import { judge } from '../lint/lint.ts';
import { EnvironmentError, MisuseError } from '../support/errors.ts';
import { shellWord } from '../support/shell.ts';
import { countText } from '../support/wording.ts';
import type { SystemConfiguration } from './host-configuration.ts';
import { lintTargetOf } from './lint-target.ts';
import type { LintTarget } from '../lint/target.ts';

/** The hypervisor that is booted, as lint judges for it; undefined for one that tells too little. */
function targetOf(flavour: string | undefined): LintTarget | undefined {
  try {
    const { flavour: name, path } = resolveImages().hypervisor(flavour);
    return lintTargetOf(name === 'own' ? path : name);
  } catch (error) {
    if (error instanceof MisuseError || error instanceof EnvironmentError) return undefined;
    throw error;
  }
}

/** What lint has against a configuration that was booted: a boot does not show all of it. */
export function lintNote(
  { files, directory }: SystemConfiguration,
  flavour: string | undefined,
): string[] {
  const target = targetOf(flavour);
  if (target === undefined) return [];
  const errors = judge({ target, ...files }).findings.filter(
    ({ severity }) => severity === 'error',
  );
  if (errors.length === 0) return [];
  const names = [...new Set(errors.map(({ rule }) => rule))].sort().join(', ');
  const command = `npx crosspage lint --xen ${[target.name, directory].map(shellWord).join(' ')}`;
  return [`lint finds ${countText(errors.length, 'error')} in it (${names}): ${command}`];
}
