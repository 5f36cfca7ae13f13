// SPDX-License-Identifier: Apache-2.0
import { parseConsoleLine } from './console-lines.ts';

/** What Xen says of a domain on debug key `q` (xen/common/keyhandler.c, dump_domains). */
export interface DomainAccount {
  readonly domid: number;
  /** It is being destroyed. */
  readonly dying: boolean;
  /** Its first vCPU is paused: it has shut down, or somebody has paused it. */
  readonly paused: boolean;
}

const general = /^General information for domain (\d+):/;
const dying = /\bdying=(\d+)/;
const vcpus = /^VCPU information and callbacks for domain (\d+):/;
const otherHeading = /^(?:NODE affinity|General information|'.' pressed|\*\*\*)/;

/** The domains that Xen told of, as it did last. */
export function readAccounts(lines: Iterable<string>): DomainAccount[] {
  const found = new Map<number, DomainAccount>();
  let about: number | undefined;
  let vcpu: string | undefined;
  for (const line of lines) {
    const text = parseConsoleLine(line).text.trim();
    const domid = general.exec(text)?.[1];
    const ofVcpus = vcpus.exec(text)?.[1];
    if (domid !== undefined) {
      about = Number(domid);
      vcpu = undefined;
      found.set(about, { domid: about, dying: false, paused: false });
    } else if (ofVcpus !== undefined) about = Number(ofVcpus);
    else if (otherHeading.test(text)) about = undefined;
    const known = about === undefined ? undefined : found.get(about);
    if (known === undefined) continue;
    vcpu = /^(VCPU\d+): /.exec(text)?.[1] ?? vcpu;
    const ends = dying.exec(text)?.[1];
    if (ends !== undefined) found.set(known.domid, { ...known, dying: ends !== '0' });
    const pauses = vcpu === 'VCPU0' ? /^pause_count=(\d+)/.exec(text)?.[1] : undefined;
    if (pauses !== undefined) found.set(known.domid, { ...known, paused: pauses !== '0' });
  }
  return [...found.values()];
}
