// SPDX-License-Identifier: Apache-2.0
/** What of a guest's partial device tree reaches nobody. */
import { find, property } from '../dt/index.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import { ownersOf } from '../import/partial-owners.ts';
import type { PartialTree, PassthroughNode } from '../import/partial-tree.ts';
import type { Finding } from './finding.ts';

function checkIgnored({ ignored }: PartialTree): Finding[] {
  return ignored.map(({ name, where }) => ({
    rule: 'fragment-ignored',
    severity: 'warning',
    where,
    message: `${name} stands beside /passthrough`,
    consequence: 'only /passthrough and /aliases reach the guest: it does not see this node',
    fix: 'put it into /passthrough, or leave it out',
  }));
}

/** Nodes that mean something at the root alone, and that are copied to /passthrough. */
function checkMemory({ path, where }: PassthroughNode): Finding[] {
  const [, , name = '', ...deeper] = path.split('/');
  if (deeper.length > 0 || !/^(?:memory|reserved-memory)(?:@|$)/.test(name)) return [];
  return [
    {
      rule: 'fragment-memory',
      severity: 'warning',
      where,
      message: `${name} stands in /passthrough`,
      consequence: 'Linux looks for it at the root: it neither adds nor reserves memory',
      fix: 'leave it out, and map the memory by a driver or a probe that knows the address',
    },
  ];
}

/** What Linux' sram driver wants of a node. */
function checkSram(partial: PartialTree, { path, compatible, at }: PassthroughNode): Finding[] {
  const node = find(partial.source.tree, path);
  if (node === undefined || !compatible.includes('mmio-sram')) return [];
  const missing = ['#address-cells', '#size-cells', 'ranges'].filter(
    (name) => property(node, name) === undefined,
  );
  if (missing.length === 0) return [];
  return [
    {
      rule: 'fragment-sram',
      severity: 'warning',
      where: at('compatible'),
      message: `${path} has no ${missing.join(', ')}`,
      consequence: 'Linux’ sram driver does not take the node',
      fix: 'add them as the binding sram/sram.yaml has them',
    },
  ];
}

/** Mappings that only Xen makes of a dom0less domain's tree, in one that xl gives to a guest. */
function checkXl(partial: PartialTree, files: ImportedFiles): Finding[] {
  const { xl, dom0less } = ownersOf(partial, files);
  const [domain] = xl;
  if (domain?.deviceTree === undefined || dom0less.length > 0) return [];
  const { where } = domain.deviceTree;
  return partial.nodes.flatMap((node): Finding[] =>
    node.property === undefined
      ? []
      : [
          {
            rule: 'fragment-xl',
            severity: 'error',
            where: node.at(node.property),
            related: [where],
            message: `${node.property} stands in a tree that xl gives to a domain`,
            consequence: 'libxl copies the property and maps nothing: the guest aborts there',
            fix: 'write iomem in the configuration of the domain',
          },
        ],
  );
}

/** What of a partial tree is not to be where it is. */
export function checkFragment(partial: PartialTree, files: ImportedFiles): Finding[] {
  return [
    ...checkIgnored(partial),
    ...partial.nodes.flatMap((node) => [...checkMemory(node), ...checkSram(partial, node)]),
    ...checkXl(partial, files),
  ];
}
