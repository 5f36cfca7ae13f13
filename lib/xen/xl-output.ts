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
