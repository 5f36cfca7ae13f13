// SPDX-License-Identifier: Apache-2.0

/**
 * For `xen` of a specification that wants what the default hypervisor lacks: the flavour `name`,
 * unless this run chose what to boot, by CROSSPAGE_XEN or CROSSPAGE_FLAVOUR. Then that is booted,
 * and the test is skipped with a reason if it lacks it too.
 */
export function preferFlavour(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): { readonly flavour?: string } {
  const chosen = env['CROSSPAGE_XEN'] ?? env['CROSSPAGE_FLAVOUR'];
  return chosen === undefined ? { flavour: name } : {};
}
