// SPDX-License-Identifier: Apache-2.0
import type { Dom0 } from '../boot/dom0.ts';
import { parseXenStorePaths, parseXlList } from '../xen/xl-output.ts';

/**
 * A domain is destroyed once its last page is free, a little later: at most two seconds. Those that
 * Xen made at boot have no name either, and the domids up to `booted`.
 */
const untilGone = (booted: number): string =>
  `tries=0; while xl list | awk '$1 == "(null)" && $2 > ${booted} { left = 1 } END { exit !left }' ` +
  '&& [ $tries -lt 100 ]; do tries=$((tries + 1)); usleep 20000; done';

/** Whether a path of XenStore is of one domain that is not dom0, or of what domains share. */
const isOfDomain = (path: string): boolean =>
  /^\/(local\/domain\/[1-9]|libxl\/[1-9]|libxl\/static_shm\/.|vm\/(?!0{8}-))/.test(path);

/**
 * Destroys domains in the order given, and returns what is left of all that were created beside the
 * `booted` ones: domains that are still there, paths of XenStore.
 */
export async function destroyDomains(
  dom0: Dom0,
  domids: readonly number[],
  booted: number,
): Promise<string[]> {
  const destroy = domids.map((domid) => `xl destroy ${domid} || exit`);
  const script = [...destroy, untilGone(booted), 'xl list', 'xenstore-ls -f /'].join('; ');
  const said = await dom0.output(['sh', '-c', script]);
  return [
    ...parseXlList(said)
      .filter(({ domid }) => domid > booted)
      .map(({ name, domid, state }) => `domain ${name} (d${domid}), state "${state}"`),
    ...parseXenStorePaths(said)
      .filter(isOfDomain)
      .map((path) => `XenStore ${path}`),
  ];
}
