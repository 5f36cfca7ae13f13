// SPDX-License-Identifier: Apache-2.0
import { misuse } from './model.ts';
import type { DeviceTree, DtNode, Property } from './model.ts';
import { nodeNameFault, propertyNameFault } from './names.ts';
import { encodeValue } from './values.ts';
import type { PropertyValue } from './values.ts';

/**
 * A node. Properties and children keep their order; those that are undefined are left out.
 *
 * @param name with its unit address; empty for a root.
 * @throws MisuseError for a name that no device tree can hold, a value that cannot be encoded, or
 * two children of one name.
 */
export function node(
  name: string,
  properties: Readonly<Record<string, PropertyValue | undefined>> = {},
  children: readonly (DtNode | undefined)[] = [],
): DtNode {
  const fault = name === '' ? undefined : nodeNameFault(name);
  if (fault !== undefined) throw misuse('a new node', fault);
  const made: Property[] = [];
  for (const [key, value] of Object.entries(properties)) {
    if (value !== undefined) made.push(propertyNamed(key, value, name));
  }
  const kept = children.filter((child) => child !== undefined);
  checkSiblings(name, kept);
  return { name, properties: made, children: kept };
}

/** A tree of `root`, with no reservations and boot CPU 0 unless `rest` says otherwise. */
export function deviceTree(
  root: DtNode,
  rest: Partial<Pick<DeviceTree, 'reservations' | 'bootCpu'>> = {},
): DeviceTree {
  return { root, reservations: rest.reservations ?? [], bootCpu: rest.bootCpu ?? 0 };
}

/** A property of the node `owner`. @throws MisuseError for a name no property can have. */
export function propertyNamed(name: string, value: PropertyValue, owner: string): Property {
  const fault = propertyNameFault(name);
  if (fault !== undefined) throw misuse(`node ${owner === '' ? '/' : owner}`, fault);
  return { name, value: encodeValue(value) };
}

/** @throws MisuseError if two of `children` have one name, or one has none. */
export function checkSiblings(owner: string, children: readonly DtNode[]): void {
  const seen = new Set<string>();
  for (const { name } of children) {
    const where = `node ${owner === '' ? '/' : owner}`;
    if (name === '') throw misuse(where, 'a child has an empty name');
    if (seen.has(name)) throw misuse(where, `two children are named ${name}`);
    seen.add(name);
  }
}
