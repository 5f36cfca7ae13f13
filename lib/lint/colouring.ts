// SPDX-License-Identifier: Apache-2.0
/** Colours of the last-level cache (docs/misc/cache-coloring.rst). */
import type { Dom0lessDomain } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import type { Where } from '../import/where.ts';
import type { Finding } from './finding.ts';
import { isAtLeast, type LintTarget } from './target.ts';

type Texts = readonly [message: string, consequence: string, fix: string];

const error = (
  rule: Finding['rule'],
  where: Where,
  [message, consequence, fix]: Texts,
  severity: Finding['severity'] = 'error',
): Finding => ({ rule, severity, where, message, consequence, fix });

/** Whether Xen's command line turns colouring on; the last word of it counts. */
function isOn({ xenArguments }: HostTree): boolean {
  const words = xenArguments?.value.split(/\s+/) ?? [];
  const last = words.findLast((word) => /^(?:no-)?llc-coloring(?:=|$)/.test(word));
  return last !== undefined && /^llc-coloring(?:=(?:1|on|yes|true|enable))?$/.test(last);
}

/** `0-3,8`: ascending ranges (xen/common/llc-coloring.c, parse_color_config). */
function isColours(text: string): boolean {
  return text.split(',').every((part) => {
    const [, first, last = first] = /^(\d+|0x[0-9a-f]+)(?:-(\d+|0x[0-9a-f]+))?$/i.exec(part) ?? [];
    return first !== undefined && Number(first) <= Number(last);
  });
}

function checkColours({ name, llcColors, at }: Dom0lessDomain, on: boolean): Finding[] {
  const found: Finding[] = [];
  if (llcColors !== undefined && !on)
    found.push(
      error('colour-off', at('llc-colors'), [
        `${name} has llc-colors, and Xen's command line no llc-coloring`,
        `Xen panics: "'llc-colors' found, but LLC coloring is disabled"`,
        'add llc-coloring=on to xen,xen-bootargs, or take the colours away',
      ]),
    );
  if (llcColors !== undefined && !isColours(llcColors))
    found.push(
      error('colour-form', at('llc-colors'), [
        `"${llcColors}" are no colours`,
        `Xen panics: "Error initializing LLC coloring for domain ${name}"`,
        'write ranges, as "0-3,8"',
      ]),
    );
  return found;
}

/** What does not go with colouring. */
function checkColoured(
  domain: Dom0lessDomain,
  before: Dom0lessDomain | undefined,
  target: LintTarget,
): Finding[] {
  const { name, llcColors, staticMemory, sharedMemory } = domain;
  const found: Finding[] = [];
  const [bank] = staticMemory;
  if (bank !== undefined)
    found.push(
      error('colour-static', bank.where, [
        `${name} has static memory, and colouring is on`,
        'Xen panics: "LLC coloring and static memory are incompatible"',
        'take one of them away: static memory and direct-map have the colours that they have',
      ]),
    );
  const [node] = sharedMemory;
  if (node !== undefined && llcColors !== undefined)
    found.push(
      error(
        'colour-shared',
        node.where,
        [
          `${name} has colours, and shares memory that has none`,
          'the shared pages lie in any part of the cache: others can push them out, and they others',
          'keep shared regions small, and do not count on isolation for them',
        ],
        'warning',
      ),
    );
  // Fixed in 4.21 (Xen commit 2da5f616e0).
  if (llcColors === undefined && before?.llcColors !== undefined && !isAtLeast(target, [4, 21]))
    found.push({
      ...error(
        'colour-leak',
        domain.where,
        [
          `${name} has no llc-colors, and ${before.name} before it has`,
          `Xen ${target.name} gives it the colours of ${before.name}`,
          'give every domain its colours, or put those without first',
        ],
        'warning',
      ),
      related: [before.at('llc-colors')],
    });
  return found;
}

/** Colours where Xen knows them; where it does not, they are an unknown option. */
export function checkColouring(host: HostTree, target: LintTarget): Finding[] {
  if (!isAtLeast(target, [4, 20])) return [];
  const on = isOn(host) && target.capabilities.has('llc-coloring');
  const { domains, xenArguments } = host;
  return [
    ...(isOn(host) && !on && xenArguments !== undefined
      ? [
          error('colour-not-built', xenArguments.where, [
            'this Xen is built without CONFIG_LLC_COLORING',
            'llc-coloring is ignored, and a domain with llc-colors makes Xen panic',
            'build Xen with CONFIG_LLC_COLORING=y (it wants CONFIG_EXPERT=y)',
          ]),
        ]
      : []),
    ...domains.flatMap((domain, index) => {
      const before = domains.slice(0, index).findLast((one) => one.llcColors !== undefined);
      return [...checkColours(domain, on), ...(on ? checkColoured(domain, before, target) : [])];
    }),
  ];
}
