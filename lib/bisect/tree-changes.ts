// SPDX-License-Identifier: Apache-2.0
import { type DeviceTree, type DtNode, property, stringsOf } from '../dt/index.ts';
import { printReservations } from '../dt/compare.ts';
import { printValue } from '../dt/print-source.ts';
import type { PlacedTree } from '../import/placed-tree.ts';
import type { Behind, Change, Has, Mixer } from './change.ts';
import { inBoth, interleaved, sameOrder } from './order.ts';
import { note } from './statements.ts';
import { isCommandLine, mixArguments } from './tree-arguments.ts';
import type { Comparison, Paths, Property } from './tree-comparison.ts';

const below = (path: string, name: string): string =>
  path === '/' ? `/${name}` : `${path}/${name}`;
const bytesEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const readable = (node: DtNode, name: string): boolean =>
  property(node, name)?.at(-1) === 0 && stringsOf(node, name)?.length === 1;

function mixProperty(
  comparison: Comparison,
  paths: Paths,
  name: string,
  ends: { readonly good: DtNode; readonly bad: DtNode },
): Mixer<Property> {
  const find = (node: DtNode): Property | undefined =>
    node.properties.find((one) => one.name === name);
  const [good, bad] = [find(ends.good), find(ends.bad)];
  if (good !== undefined && bad !== undefined) {
    if (bytesEqual(good.value, bad.value)) return () => good;
    const arguments_ =
      isCommandLine(name) && readable(ends.good, name) && readable(ends.bad, name)
        ? mixArguments(comparison, paths, name, ends)
        : undefined;
    if (arguments_ !== undefined) return arguments_;
  }
  const shown = (one: Property | undefined): string | undefined => one && printValue(one.value);
  const has = note(comparison, {
    kind:
      good === undefined
        ? 'property added'
        : bad === undefined
          ? 'property removed'
          : 'property changed',
    what: `${bad === undefined ? paths.good : paths.bad}: ${name}`,
    from: shown(good),
    to: shown(bad),
    good: good && comparison.good.at(paths.good, name),
    bad: bad && comparison.bad.at(paths.bad, name),
    behind: good === undefined ? behindProperty(comparison, paths, name, ends) : undefined,
  });
  return (chosen) => (has(chosen) ? bad : good);
}

/** Where a node of the good end begins, behind its brace. */
const atBrace = ({ good }: Comparison, paths: Paths): Behind => ({
  where: good.at(paths.good),
  of: 'brace',
});

/** Where a property goes that only the bad end has: behind the one before it that both have. */
function behindProperty(
  comparison: Comparison,
  paths: Paths,
  name: string,
  { good, bad }: { readonly good: DtNode; readonly bad: DtNode },
): Behind {
  const names = bad.properties.map((one) => one.name);
  const before = names
    .slice(0, names.indexOf(name))
    .findLast((one) => property(good, one) !== undefined);
  if (before === undefined) return atBrace(comparison, paths);
  return { where: comparison.good.at(paths.good, before), of: 'statement' };
}

/** Where a node goes that only the bad end has: behind the child before it that both have. */
function behindChild(
  comparison: Comparison,
  paths: Paths,
  good: DtNode,
  before: DtNode | undefined,
): Behind {
  const last = good.properties.at(-1);
  if (before !== undefined)
    return { where: comparison.good.at(below(paths.good, before.name)), of: 'statement' };
  if (last === undefined) return atBrace(comparison, paths);
  return { where: comparison.good.at(paths.good, last.name), of: 'statement' };
}

const kindOfNode = (node: DtNode): string => {
  const compatible = property(node, 'compatible');
  return `${node.name.split('@')[0] ?? ''} ${compatible === undefined ? '' : printValue(compatible)}`;
};

/** Children by a key that both ends have in common: their name, or what they are where only the unit address differs. */
function pairChildren(
  good: DtNode,
  bad: DtNode,
): { good: Map<string, DtNode>; bad: Map<string, DtNode> } {
  const names = new Set(good.children.map(({ name }) => name));
  const others = new Set(bad.children.map(({ name }) => name));
  const lonely = (children: readonly DtNode[], of: ReadonlySet<string>): DtNode[] =>
    children.filter(({ name }) => !of.has(name));
  const [gone, come] = [lonely(good.children, others), lonely(bad.children, names)];
  const keyOf = (child: DtNode): string => {
    const kind = kindOfNode(child);
    const alike = (list: readonly DtNode[]): number =>
      list.filter((one) => kindOfNode(one) === kind).length;
    const moved =
      (gone.includes(child) || come.includes(child)) && alike(gone) === 1 && alike(come) === 1;
    return moved ? `moved ${kind}` : child.name;
  };
  const keyed = ({ children }: DtNode): Map<string, DtNode> =>
    new Map(children.map((child) => [keyOf(child), child]));
  return { good: keyed(good), bad: keyed(bad) };
}

function mixChild(
  comparison: Comparison,
  paths: Paths,
  good: DtNode | undefined,
  bad: DtNode | undefined,
  behind: () => Behind,
): Mixer<DtNode> {
  if (good !== undefined && bad !== undefined)
    return mixNode(
      comparison,
      { good: below(paths.good, good.name), bad: below(paths.bad, bad.name) },
      good,
      bad,
    );
  const [path, name] = good === undefined ? [paths.bad, bad?.name] : [paths.good, good.name];
  const what = below(path, name ?? '');
  const has = note(comparison, {
    kind: good === undefined ? 'node added' : 'node removed',
    what,
    good: good && comparison.good.at(what),
    bad: bad && comparison.bad.at(what),
    behind: good === undefined ? behind() : undefined,
  });
  return (chosen) => (has(chosen) ? bad : good);
}

function mixChildren(
  comparison: Comparison,
  paths: Paths,
  good: DtNode,
  bad: DtNode,
): (has: Has) => DtNode[] {
  const pairs = pairChildren(good, bad);
  const [first, second] = [[...pairs.good.keys()], [...pairs.bad.keys()]];
  const behind = (key: string): Behind => {
    const before = second.slice(0, second.indexOf(key)).findLast((one) => pairs.good.has(one));
    const sibling = before === undefined ? undefined : pairs.good.get(before);
    return behindChild(comparison, paths, good, sibling);
  };
  const mixers = new Map(
    interleaved(first, second).map((key) => [
      key,
      mixChild(comparison, paths, pairs.good.get(key), pairs.bad.get(key), () => behind(key)),
    ]),
  );
  const reordered = sameOrder(first, second)
    ? () => false
    : note(comparison, {
        kind: 'order of nodes',
        what: paths.bad,
        from: inBoth(first, second).join(' '),
        to: inBoth(second, first).join(' '),
        good: comparison.good.at(paths.good),
        bad: comparison.bad.at(paths.bad),
      });
  return (has) => {
    const order = reordered(has) ? interleaved(second, first) : interleaved(first, second);
    return order.flatMap((key) => mixers.get(key)?.(has) ?? []);
  };
}

function mixNode(
  comparison: Comparison,
  paths: Paths,
  good: DtNode,
  bad: DtNode,
): (has: Has) => DtNode {
  const renamed =
    good.name === bad.name
      ? () => false
      : note(comparison, {
          kind: 'node renamed',
          what: paths.bad,
          from: good.name,
          to: bad.name,
          good: comparison.good.at(paths.good),
          bad: comparison.bad.at(paths.bad),
        });
  const names = ({ properties }: DtNode): string[] => properties.map(({ name }) => name);
  const properties = interleaved(names(good), names(bad)).map((name) =>
    mixProperty(comparison, paths, name, { good, bad }),
  );
  const children = mixChildren(comparison, paths, good, bad);
  return (has) => ({
    name: renamed(has) ? bad.name : good.name,
    properties: properties.flatMap((mixer) => mixer(has) ?? []),
    children: children(has),
  });
}

/** What stands before the nodes: which end's it is, where they differ. */
function mixHeader(
  comparison: Comparison,
  kind: 'reservations changed' | 'boot CPU changed',
  says: (tree: DeviceTree) => string,
): (has: Has) => DeviceTree {
  const { good, bad } = comparison;
  const [from, to] = [says(good.tree), says(bad.tree)];
  if (from === to) return () => good.tree;
  const what = kind === 'reservations changed' ? '/memreserve/' : 'boot_cpuid_phys';
  const ends = { good: { file: good.file }, bad: { file: bad.file } };
  const has = note(comparison, { kind, what, from, to, ...ends });
  return (chosen) => (has(chosen) ? bad.tree : good.tree);
}

/** What differs between two trees, each change by itself, and every mixture of the two. */
export function compareTrees(
  good: PlacedTree,
  bad: PlacedTree,
): { readonly changes: readonly Change[]; readonly mix: (has: Has) => DeviceTree } {
  const changes: Change[] = [];
  const comparison = { good, bad, changes };
  const reserving = mixHeader(comparison, 'reservations changed', printReservations);
  const booting = mixHeader(comparison, 'boot CPU changed', ({ bootCpu }) => String(bootCpu));
  const root = mixNode(comparison, { good: '/', bad: '/' }, good.tree.root, bad.tree.root);
  return {
    changes,
    mix: (has) => ({
      reservations: reserving(has).reservations,
      bootCpu: booting(has).bootCpu,
      root: root(has),
    }),
  };
}
