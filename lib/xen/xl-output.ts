// SPDX-License-Identifier: Apache-2.0

/** One line of `xl list`. */
export interface XlListEntry {
  /** `(null)` for a domain that is being destroyed and whose references are held by another. */
  readonly name: string;
  readonly domid: number;
  /** In MiB. */
  readonly memory: number;
  readonly vcpus: number;
  /** Running, blocked, paused, shut down, crashed, dying: `r b p s c d` without the dashes. */
  readonly state: string;
}

const line = /^(.*\S)\s+(\d+)\s+(\d+)\s+(\d+)\s+([-rbpscd]+)\s+[\d.]+$/;

/** Reads what `xl list` prints; lines of another form are left out (tools/xl/xl_list.c). */
export function parseXlList(text: string): XlListEntry[] {
  return text.split('\n').flatMap((row) => {
    const [, name, domid, memory, vcpus, state] = line.exec(row) ?? [];
    return name === undefined
      ? []
      : [
          {
            name,
            domid: Number(domid),
            memory: Number(memory),
            vcpus: Number(vcpus),
            state: state?.replaceAll('-', '') ?? '',
          },
        ];
  });
}

/** The paths that `xenstore-ls -f` prints: `/path = "value"   (permissions)`. */
export function parseXenStorePaths(text: string): string[] {
  return text.split('\n').flatMap((row) => /^(\/.*?) = "/.exec(row)?.[1] ?? []);
}

/** Whether a path of XenStore is of one domain that is not dom0, or of what domains share. */
const isOfDomain = (path: string): boolean =>
  /^\/(local\/domain\/[1-9]|libxl\/[1-9]|libxl\/static_shm\/.|vm\/(?!0{8}-))/.test(path);

/**
 * What domains have left behind, a line each: those that are still there, paths of XenStore.
 * `said` is what `xl list` and `xenstore-ls -f /` print, in that order. dom0 and the first `booted`
 * domains are Xen's own.
 */
export function leftBehind(said: string, booted = 0): string[] {
  const domains = parseXlList(said).filter(({ domid }) => domid > booted);
  return [
    ...domains.map(({ name, domid, state }) => `domain ${name} (d${domid}), state "${state}"`),
    ...parseXenStorePaths(said)
      .filter(isOfDomain)
      .map((path) => `XenStore ${path}`),
  ];
}
