// SPDX-License-Identifier: Apache-2.0
import { parseConsoleLine } from './console-lines.ts';

/** Headings of Xen's answers to q and d: what follows one is about its subject. */
const vcpusOf = /^VCPU information and callbacks for domain (\d+):/;
const guestStateOf = /^\*\*\* Dumping CPU(\d+) guest state \(d(\d+)v(\d+)\): \*\*\*/;
const otherHeading =
  /^(?:\*\*\*|General information|NODE affinity|Event channel|No periodic|'.' pressed)/;

/**
 * What Xen said last about a domain's vCPUs when it was asked by debug keys, a line each: whether
 * they run or are blocked (key q: xen/common/keyhandler.c, dump_domains), and where one was that
 * had a processor just then (key d: xen/arch/arm/traps.c, show_execution_state). Empty when it
 * said nothing.
 */
export function accountOf(domid: number, lines: Iterable<string>): readonly string[] {
  const account = new Map<string, string>();
  let topic: 'vcpus' | { readonly key: string; readonly cpu: string } | undefined;
  let vcpu = '';
  for (const line of lines) {
    const text = parseConsoleLine(line).text.trim();
    const vcpus = vcpusOf.exec(text);
    const guest = guestStateOf.exec(text);
    if (vcpus !== null) topic = Number(vcpus[1]) === domid ? 'vcpus' : undefined;
    else if (guest !== null)
      topic =
        Number(guest[2]) === domid ? { key: `pc ${guest[3]}`, cpu: `CPU${guest[1]}` } : undefined;
    else if (otherHeading.test(text)) topic = undefined;
    else if (topic === 'vcpus') {
      if (/^VCPU\d+: /.test(text)) account.set((vcpu = text.split(':', 1)[0] ?? ''), text);
      else if (text.startsWith('pause_count='))
        account.set(vcpu, `${account.get(vcpu) ?? ''} ${text}`);
    } else if (topic !== undefined && text.startsWith('PC:'))
      account.set(topic.key, `on ${topic.cpu} at ${text}`);
  }
  return [...account.values()];
}
