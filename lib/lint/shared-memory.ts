// SPDX-License-Identifier: Apache-2.0
import type { Dom0lessDomain, SharedMemoryNode } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import { formatBytes, hex, isAligned, PAGE } from '../support/units.ts';
import type { Finding } from './finding.ts';
import { replaced, wordsOf } from './edits.ts';
import { isAtLeast, type LintTarget } from './target.ts';

/** A node with the domain that it is in. */
interface Use {
  readonly domain: Dom0lessDomain;
  readonly node: SharedMemoryNode;
}

const usesOf = (host: HostTree): Use[] =>
  [host.dom0, ...host.domains].flatMap((domain) =>
    domain.sharedMemory.map((node) => ({ domain, node })),
  );

/** What Xen makes of an error in a shared memory node: since 4.19 the scan itself fails. */
function refused(target: LintTarget, later: string): string {
  return isAtLeast(target, [4, 19])
    ? 'Xen panics before its console is up: "Early FDT parsing failed"'
    : `Xen 4.17 prints a line and stops reading the tree: ${later}`;
}

/** What a finding says. */
type Texts = readonly [message: string, consequence: string, fix: string];

function error(
  node: SharedMemoryNode,
  rule: Finding['rule'],
  property: string,
  [message, consequence, fix]: Texts,
): Finding {
  return { rule, severity: 'error', where: node.at(property), message, consequence, fix };
}

const lostNodes = (target: LintTarget): string => refused(target, 'nodes behind it are lost');

/** Whether Xen takes it for an xen,shm-id. */
export const isId = (id: string): boolean => id.length >= 1 && id.length <= 15;

/** What is wrong with an id, with what Xen makes of it. */
function idFault(id: string | undefined, panic: string): Texts | undefined {
  const fix = 'give the region an id of 1 to 15 characters';
  if (id === undefined) return ['xen,shm-id is missing', panic, fix];
  if (id === '') return ['xen,shm-id is empty', 'Xen dies of a BUG in static-shmem.c', fix];
  if (id.length <= 15) return undefined;
  const message = `xen,shm-id "${id}" has ${id.length} characters, 15 are possible`;
  return [message, panic, 'shorten it, on every side'];
}

function cellsFault(node: SharedMemoryNode, panic: string): Texts | undefined {
  const { cells, region, addressCells, sizeCells, cellsFrom } = node;
  if (cells === undefined)
    return ['xen,shared-mem is missing', panic, 'write xen,shared-mem = <host guest size>'];
  if (region !== undefined) return undefined;
  const [three, two] = [2 * addressCells + sizeCells, addressCells + sizeCells];
  return [
    `xen,shared-mem has ${cells.length} cells; ${three} are host, guest and size, ${two} guest and size`,
    panic,
    `${cellsFrom}: write as many cells, or give the domain's node its own`,
  ];
}

/**
 * Cells that lack each high half: with two cells an address and two a size, three values are host,
 * guest and size, and two are guest and size.
 */
function withHighCells(node: SharedMemoryNode): string | undefined {
  const { cells, addressCells, sizeCells } = node;
  if (cells === undefined || addressCells !== 2 || sizeCells !== 2) return undefined;
  if (cells.length !== 2 && cells.length !== 3) return undefined;
  if (cells.some((cell) => cell === 0 || !isAligned(cell, PAGE))) return undefined;
  const words = wordsOf(node.written('xen,shared-mem'));
  return words?.length === cells.length
    ? `<${words.map((word) => `0x0 ${word}`).join('  ')}>`
    : undefined;
}

function checkForm({ node }: Use, target: LintTarget): Finding[] {
  const { id, role, compatible } = node;
  if (compatible !== 'xen,domain-shared-memory-v1')
    return [
      error(node, 'shm-compatible', 'compatible', [
        `compatible is "${compatible}", not "xen,domain-shared-memory-v1"`,
        'Xen ignores the node in silence: the domain aborts at its first access',
        'write compatible = "xen,domain-shared-memory-v1"',
      ]),
    ];
  const panic = lostNodes(target);
  const found: Finding[] = [];
  if (!target.capabilities.has('static-shm'))
    found.push(
      error(node, 'shm-not-built', 'compatible', [
        'this Xen is built without CONFIG_STATIC_SHM',
        panic,
        'build Xen with CONFIG_STATIC_SHM=y (it wants CONFIG_UNSUPPORTED=y)',
      ]),
    );
  const [badId, badCells] = [idFault(id, panic), cellsFault(node, panic)];
  if (badId !== undefined) found.push(error(node, 'shm-id', 'xen,shm-id', badId));
  if (role !== undefined && role !== 'owner' && role !== 'borrower')
    found.push({
      ...error(node, 'shm-role', 'role', [
        `role is "${role}"`,
        panic,
        'write "owner" or "borrower", or leave it out on every side',
      ]),
      ...(/^(?:owner|borrower)$/i.test(role) &&
        replaced(node.written('role'), `"${role.toLowerCase()}"`)),
    });
  if (badCells !== undefined)
    found.push({
      ...error(node, 'shm-cells', 'xen,shared-mem', badCells),
      ...replaced(node.written('xen,shared-mem'), withHighCells(node)),
    });
  return found;
}

const isSize = (size: bigint): boolean => size > 0n && isAligned(size, PAGE);

/** A node that is wrong in itself, and may be the owner of any region. */
const mayOwn = ({ id, role, compatible }: SharedMemoryNode): boolean =>
  role !== undefined &&
  role !== 'borrower' &&
  (role !== 'owner' ||
    id === undefined ||
    !isId(id) ||
    compatible !== 'xen,domain-shared-memory-v1');

type Region = NonNullable<SharedMemoryNode['region']>;

/** A direct-mapped domain has its regions where the host has them: so says Xen since 4.19. */
function checkDirect(
  { domain, node }: Use,
  { host, guest }: Region,
  target: LintTarget,
): Finding[] {
  const { name, directMap, staticMemory } = domain;
  // Without static memory direct-map itself is wrong.
  if (name !== 'dom0' && (!directMap || staticMemory.length === 0)) return [];
  if (host === guest) return [];
  const later = host === undefined || isAtLeast(target, [4, 19]);
  const there = host === undefined ? 'given a host address' : `host ${hex(host)}`;
  const found = error(node, 'shm-direct-map', 'xen,shared-mem', [
    `${name} is direct-mapped: guest ${hex(guest)} is not ${there}`,
    later
      ? 'Xen panics: it cannot set the domain up'
      : `Xen ${target.name} maps it where it says; since 4.19 Xen panics of it`,
    'write the host address, the same as the guest address',
  ]);
  return [later ? found : { ...found, severity: 'warning' }];
}

function checkRegion(use: Use, target: LintTarget): Finding[] {
  const { node } = use;
  const { region } = node;
  if (region === undefined) return [];
  const consequence = refused(target, 'the domain is not built');
  const found: Finding[] = [];
  const add = (rule: Finding['rule'], texts: Texts): void => {
    found.push(error(node, rule, 'xen,shared-mem', texts));
  };
  if (!isSize(region.size))
    add('shm-size', [
      `the size is ${hex(region.size)}`,
      consequence,
      'write a multiple of 0x1000 above 0',
    ]);
  for (const [name, address] of [
    ['host', region.host],
    ['guest', region.guest],
  ] as const) {
    if (address === undefined || isAligned(address, PAGE)) continue;
    const message = `the ${name} address ${hex(address)} is not on a page boundary`;
    add('shm-alignment', [message, consequence, 'write a multiple of 0x1000']);
  }
  if (region.host === undefined && !target.capabilities.has('heap-shm'))
    add('shm-heap', [
      'no host address is given',
      `Xen ${target.name} builds no domain: "host physical address must be chosen by users"`,
      'write the host address before the guest address',
    ]);
  return [...found, ...checkDirect(use, region, target)];
}

/** All uses of one id. */
function checkId(
  id: string,
  uses: readonly Use[],
  target: LintTarget,
  mayBeOwned: boolean,
): Finding[] {
  const [first, ...others] = uses;
  if (first === undefined) return [];
  const found: Finding[] = [];
  const { region } = first.node;
  for (const { node, domain } of others) {
    const same = node.region?.size === region?.size && node.region?.host === region?.host;
    if (same || node.region === undefined || region === undefined) continue;
    // A size that is none is a finding itself.
    if (!isSize(node.region.size) || !isSize(region.size)) continue;
    found.push({
      rule: 'shm-differs',
      severity: 'error',
      where: node.at('xen,shared-mem'),
      related: [first.node.at('xen,shared-mem')],
      message: `${id} is ${describe(node)} for ${domain.name} and ${describe(first.node)} for ${first.domain.name}`,
      consequence: isAtLeast(target, [4, 19])
        ? 'Xen panics before its console is up: "Early FDT parsing failed"'
        : 'Xen 4.17 boots in silence: the domains share nothing, or memory that others have too',
      fix: 'write the same host address and size on every side',
    });
  }
  const owners = uses.filter(({ node }) => node.role === 'owner');
  const [, second] = owners;
  if (second !== undefined)
    found.push({
      rule: 'shm-owner',
      severity: 'error',
      where: second.node.at('role'),
      related: owners.slice(0, 1).map(({ node }) => node.at('role')),
      message: `${id} has ${owners.length} owners: ${owners.map(({ domain }) => domain.name).join(', ')}`,
      consequence: `Xen panics: "${second.domain.name}: failed to acquire static memory"`,
      fix: 'leave one owner, and make the others borrowers',
    });
  const borrowers = uses.filter(({ node }) => node.role === 'borrower');
  if (owners.length === 0 && !mayBeOwned && borrowers[0] !== undefined)
    found.push({
      rule: 'shm-owner',
      severity: 'warning',
      where: borrowers[0].node.at('role'),
      message: `${id} has borrowers and no owner`,
      consequence: 'it works, and the pages belong to nobody: Xen counts no references to them',
      fix: 'make one domain the owner, or leave the role out on every side',
    });
  return found;
}

function describe({ region }: SharedMemoryNode): string {
  if (region === undefined) return 'unreadable';
  const host = region.host === undefined ? 'from the heap' : `at ${hex(region.host)}`;
  return `${formatBytes(Number(region.size))} ${host}`;
}

function checkLimits(host: HostTree, uses: readonly Use[], target: LintTarget): Finding[] {
  const ids = new Set(uses.map(({ node }) => node.id));
  const found: Finding[] = [];
  const past = uses.find(({ node }) => [...ids].indexOf(node.id) === 32);
  if (past !== undefined && isAtLeast(target, [4, 19]))
    found.push({
      rule: 'shm-limit',
      severity: 'error',
      where: past.node.where,
      message: `${ids.size} regions, and Xen ${target.name} takes 32 (NR_SHMEM_BANKS)`,
      consequence: 'Xen panics before its console is up: "Early FDT parsing failed (-28)"',
      fix: 'put several uses into one region',
    });
  // The guest's tree has one page up to 4.20, and 24 regions do not fit (DOMU_DTB_SIZE).
  if (isAtLeast(target, [4, 22])) return found;
  for (const domain of host.domains) {
    const node = domain.sharedMemory[23];
    if (node === undefined) continue;
    found.push({
      rule: 'shm-limit',
      severity: 'error',
      where: node.where,
      message: `${domain.name} has ${domain.sharedMemory.length} regions: its device tree of 4 KiB does not hold 24`,
      consequence: 'Xen panics: "Device tree generation failed (-3)"',
      fix: 'share fewer and larger regions, or use Xen 4.22',
    });
  }
  return found;
}

/** What is wrong with static shared memory of dom0less domains. */
export function checkSharedMemory(host: HostTree, target: LintTarget): Finding[] {
  const uses = usesOf(host);
  const known = uses.filter(({ node }) => node.compatible === 'xen,domain-shared-memory-v1');
  const ids = [
    ...new Set(known.flatMap(({ node: { id } }) => (id !== undefined && isId(id) ? [id] : []))),
  ];
  return [
    ...uses.flatMap((use) => checkForm(use, target)),
    ...known.flatMap((use) => checkRegion(use, target)),
    ...ids.flatMap((id) =>
      checkId(
        id,
        known.filter(({ node }) => node.id === id),
        target,
        uses.some(({ node }) => mayOwn(node)),
      ),
    ),
    ...checkLimits(host, known, target),
  ];
}
