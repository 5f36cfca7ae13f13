// SPDX-License-Identifier: Apache-2.0
import { checkFragment } from './fragments.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import { ownersOf } from '../import/partial-owners.ts';
import type { HostTree } from '../import/host-tree.ts';
import type { PartialTree, PassthroughNode } from '../import/partial-tree.ts';
import { find, property } from '../dt/index.ts';
import { contains, describeRange, overlaps, type Range } from '../memory/ranges.ts';
import { hex, isAligned, PAGE } from '../support/units.ts';
import type { Finding } from './finding.ts';
import { ofXen } from './guest-modules.ts';
import { checkGuestSpace } from './guest-space.ts';
import type { LintTarget } from './target.ts';

const rangeOf = (node: PassthroughNode, index: number): Range => {
  const { host = 0n, size = 0n } = node.ranges[index] ?? {};
  return { name: `${node.property ?? ''} of ${node.path}`, start: host, size };
};

/** What a finding says. */
type Texts = readonly [message: string, consequence: string, fix: string];

function at(
  node: PassthroughNode,
  rule: Finding['rule'],
  name: string,
  [message, consequence, fix]: Texts,
): Finding {
  return { rule, severity: 'error', where: node.at(name), message, consequence, fix };
}

const missing = 'Xen panics: "xen,reg or xen,path missing"';

/** A node that says nothing to Xen, or something that this Xen does not know. */
function checkKnown(node: PassthroughNode, target: LintTarget): Finding[] {
  const { property: name, xenPath } = node;
  if (name === undefined)
    return xenPath === undefined
      ? []
      : [
          at(node, 'reg-path', 'xen,path', [
            'xen,path stands without xen,reg',
            missing,
            'add xen,reg = <host size guest>',
          ]),
        ];
  if (name !== 'xen,reg-cacheable' || target.capabilities.has('reg-cacheable')) return [];
  return [
    at(node, 'reg-cacheable', name, [
      `Xen ${target.name} does not know xen,reg-cacheable`,
      xenPath === undefined ? 'Xen ignores it in silence: nothing is mapped' : missing,
      'use xen,reg (Device memory), or a Xen that knows it',
    ]),
  ];
}

function checkPath(node: PassthroughNode, name: string): Finding[] {
  if (node.force) return [];
  if (node.xenPath === undefined)
    return [
      at(node, 'reg-path', name, [
        `${name} stands without xen,path`,
        missing,
        'add xen,path, or xen,force-assign-without-iommu',
      ]),
    ];
  return [
    {
      ...at(node, 'reg-iommu', name, [
        'xen,force-assign-without-iommu is not there',
        'where no IOMMU protects the device, Xen panics: "Failed to assign device"',
        'add it for memory, which needs no IOMMU',
      ]),
      severity: 'warning',
    },
  ];
}

function checkTuples(node: PassthroughNode, name: string): Finding[] {
  const { leftover, tuple } = node;
  const found: Finding[] = [];
  if (leftover > 0)
    found.push(
      at(node, 'reg-tuple', name, [
        `${leftover} cells are left over: a tuple has ${tuple}`,
        'Xen drops them in silence',
        `write <host size guest>, ${tuple} cells each`,
      ]),
    );
  for (const { host, size, guest } of node.ranges) {
    const wrong = [host, size, guest].filter((value) => !isAligned(value, PAGE));
    if (wrong.length > 0)
      found.push(
        at(node, 'reg-alignment', name, [
          `${wrong.map((value) => hex(value)).join(', ')} is not on a page boundary`,
          'Xen panics: "DomU passthrough config has not page aligned addresses/sizes"',
          'write multiples of 0x1000',
        ]),
      );
  }
  return found;
}

function checkForm(node: PassthroughNode, target: LintTarget): Finding[] {
  const known = checkKnown(node, target);
  const { property: name } = node;
  if (known.length > 0 || name === undefined) return known;
  return [...checkPath(node, name), ...checkTuples(node, name)];
}

function checkAgainstHost(node: PassthroughNode, host: HostTree): Finding[] {
  const found: Finding[] = [];
  const { property: name, xenPath } = node;
  if (name === undefined) return found;
  if (xenPath !== undefined && find(host.source.tree, xenPath) === undefined)
    found.push({
      rule: 'reg-path',
      severity: 'error',
      where: node.at('xen,path'),
      message: `the host's tree has no node ${xenPath}`,
      consequence: `Xen panics: "Couldn't find node ${xenPath} in host_dt!"`,
      fix: 'write the full path of the node with its unit address',
    });
  found.push(...checkDom0(node, name, host));
  node.ranges.forEach((_range, index) => {
    const mapped = rangeOf(node, index);
    // A bank of SRAM that is left in the memory is a finding of the host's tree.
    if (host.sram.some((bank) => contains(bank, mapped))) return;
    for (const memory of host.memory.filter((bank) => overlaps(mapped, bank)))
      found.push({
        rule: 'reg-ram',
        severity: 'error',
        where: node.at(name),
        related: [memory.where],
        message: `${describeRange(mapped)} is a part of ${describeRange(memory)}`,
        consequence: 'Xen maps it in silence, and gives the same memory to others',
        fix: 'cut it out of the memory node',
      });
  });
  return found;
}

/** A node of the host that dom0 keeps, although a guest gets it too: as RAM there, as Device here. */
function checkDom0(node: PassthroughNode, name: string, host: HostTree): Finding[] {
  const { xenPath } = node;
  const given = xenPath === undefined ? undefined : find(host.source.tree, xenPath);
  if (xenPath === undefined || given === undefined || !host.dom0.hasKernel) return [];
  if (property(given, 'xen,passthrough') !== undefined || name === 'xen,reg-cacheable') return [];
  return [
    {
      rule: 'attributes-differ',
      severity: 'warning',
      where: node.at(name),
      related: [host.source.at(xenPath)],
      message: `dom0 has ${xenPath} too, cacheable, and the guest as Device`,
      consequence:
        'on hardware with data caches, what one side writes the other may not see; QEMU does not show it',
      fix: 'add xen,passthrough to the node in the host, or use xen,reg-cacheable',
    },
  ];
}

/** What a domain with a partial tree gets at which of its own addresses. */
function checkGuests(partial: PartialTree, files: ImportedFiles): Finding[] {
  const added = partial.nodes.flatMap((node) =>
    node.ranges.map(({ guest, size }) => ({
      name: `${node.property ?? ''} of ${node.path}`,
      start: guest,
      size,
      where: node.at(node.property ?? ''),
    })),
  );
  return ownersOf(partial, files).dom0less.flatMap(({ name, memory, directMap, modules }) =>
    checkGuestSpace({
      domain: name,
      memory: memory === undefined ? undefined : memory * 1024n,
      direct: directMap,
      added,
      own: [],
      modules: ofXen(modules.find(({ kind }) => kind === 'ramdisk')?.size ?? 0n),
    }),
  );
}

/** Two guests, or dom0 and a guest, that get the same memory by properties of different kinds. */
function checkAttributes(partials: readonly PartialTree[]): Finding[] {
  const all = partials.flatMap(({ nodes }) =>
    nodes.flatMap((node) =>
      node.ranges.map((_range, index) => ({ node, range: rangeOf(node, index) })),
    ),
  );
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((other) => overlaps(one.range, other.range))
      .filter((other) => one.node.property !== other.node.property)
      .map(({ node, range }): Finding => ({
        rule: 'attributes-differ',
        severity: 'warning',
        where: node.at(node.property ?? ''),
        related: [one.node.at(one.node.property ?? '')],
        message: `${describeRange(range)} is ${kindOf(node)} here and ${kindOf(one.node)} there`,
        consequence:
          'on hardware with data caches, what one side writes the other may not see; QEMU does not show it',
        fix: 'use the same property on both sides',
      })),
  );
}

const kindOf = ({ property }: PassthroughNode): string =>
  property === 'xen,reg-cacheable' ? 'cacheable (xen,reg-cacheable)' : 'Device (xen,reg)';

/** What is wrong with what is passed through to guests. */
export function checkPassthrough(files: ImportedFiles, target: LintTarget): Finding[] {
  const { partials, hosts } = files;
  return [
    ...partials.flatMap(({ nodes }) =>
      nodes.flatMap((node) => [
        ...checkForm(node, target),
        ...hosts.flatMap((host) => checkAgainstHost(node, host)),
      ]),
    ),
    ...partials.flatMap((partial) => checkFragment(partial, files)),
    ...checkAttributes(partials),
    ...partials.flatMap((partial) => checkGuests(partial, files)),
  ];
}
