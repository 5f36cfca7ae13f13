// SPDX-License-Identifier: Apache-2.0
import {
  addChild,
  cells,
  cells64,
  type DeviceTree,
  type DtNode,
  nextPhandle,
  node,
  setNode,
  strings,
} from '../dt/index.ts';
import type { HostAddress } from '../support/units.ts';
import { dom0Arguments, isDom0 } from './dom0.ts';
import type { PlannedDomain, PlannedMapping, SystemPlan } from './plan.ts';
import { withReservedMemory } from './reserved-memory.ts';
import { withSram } from './sram-tree.ts';

/** A file that the boot loader puts into memory; its size in bytes. */
export interface BootFile {
  readonly address: HostAddress;
  readonly size: number;
}

/** What a boot adds to a plan: where the domains' kernel lies and whose boot this is. */
export interface BootFacts {
  /** The Image that every domain runs; Xen counts it as one module. */
  readonly kernel: BootFile;
  /** Linux and its initial root file system, for a domain that runs it. */
  readonly linux?: { readonly kernel: BootFile; readonly ramdisk: BootFile } | undefined;
  /** Where a domain's partial device tree lies, for one that has one. */
  readonly partialTree?: (domain: PlannedDomain) => BootFile | undefined;
  /** Boot arguments of a domain's kernel. */
  readonly kernelArguments: (domain: PlannedDomain) => string;
  /** Xen's command line (docs/misc/xen-command-line.pandoc). */
  readonly xenArguments: readonly string[];
}

/** Xen's own arguments for any run of Crosspage, before those that a board or a test adds. */
export const commonXenArguments: readonly string[] = [
  // Serial input stays with Xen: every domain's output then comes as whole prefixed lines.
  'conswitch=ax',
  'guest_loglvl=all',
];

/** xen,domain-shared-memory-v1: docs/misc/arm/device-tree/booting.txt, Static Shared Memory. */
function sharedMemoryNode(mapping: PlannedMapping): DtNode {
  const { region } = mapping;
  return node(`shm@${mapping.guestAddress.toString(16)}`, {
    compatible: 'xen,domain-shared-memory-v1',
    ...(mapping.role !== undefined && { role: mapping.role }),
    'xen,shm-id': region.id,
    'xen,shared-mem': cells64(
      ...(region.hostAddress === undefined ? [] : [region.hostAddress]),
      mapping.guestAddress,
      region.size,
    ),
  });
}

/** Phandles of every end of every static event channel, by `domain/channel`. */
function channelPhandles(plan: SystemPlan, first: number): Map<string, number> {
  const ends = plan.domains.flatMap((domain) =>
    domain.eventChannels.map((channel) => `${domain.name}/${channel.name}`),
  );
  return new Map(ends.map((end, index) => [end, first + index]));
}

/** xen,evtchn-v1: docs/misc/arm/device-tree/booting.txt, Static Event Channel. */
function channelNodes(domain: PlannedDomain, phandles: Map<string, number>): DtNode[] {
  return domain.eventChannels.map((channel) =>
    node(`evtchn@${channel.port.toString(16)}`, {
      compatible: 'xen,evtchn-v1',
      'xen,evtchn': cells(channel.port, phandles.get(`${channel.remote}/${channel.name}`) ?? 0),
      phandle: phandles.get(`${domain.name}/${channel.name}`),
    }),
  );
}

function moduleNode(kind: string, file: BootFile, bootargs?: string): DtNode {
  return node(`module@${file.address.toString(16)}`, {
    compatible: strings(`multiboot,${kind}`, 'multiboot,module'),
    reg: cells64(file.address, file.size),
    bootargs,
  });
}

function kernelNode(domain: PlannedDomain, boot: BootFacts): DtNode {
  return moduleNode('kernel', boot.kernel, boot.kernelArguments(domain));
}

/** Under /chosen itself: that makes it dom0's. */
function dom0Nodes(plan: SystemPlan, boot: BootFacts): DtNode[] {
  return plan.domains.filter(isDom0).flatMap((domain) => {
    if (domain.linux === undefined || boot.linux === undefined) return [kernelNode(domain, boot)];
    const { kernel, ramdisk } = boot.linux;
    return [
      moduleNode('kernel', kernel, boot.kernelArguments(domain)),
      moduleNode('ramdisk', ramdisk),
    ];
  });
}

/** xen,domain: docs/misc/arm/device-tree/booting.txt, Creating Multiple Domains. */
function domainNode(domain: PlannedDomain, boot: BootFacts, phandles: Map<string, number>): DtNode {
  const partial = boot.partialTree?.(domain);
  return node(
    domain.name,
    {
      compatible: 'xen,domain',
      '#address-cells': 2,
      '#size-cells': 2,
      // In KiB, two cells.
      memory: cells64(domain.memory / 1024),
      cpus: domain.vcpus,
      vpl011: true,
      'xen,enhanced': domain.enhanced,
      ...(domain.staticMemory !== undefined && {
        'xen,static-mem': cells64(domain.staticMemory, domain.memory),
      }),
    },
    [
      kernelNode(domain, boot),
      ...(partial === undefined ? [] : [moduleNode('device-tree', partial)]),
      ...domain.mappings.map(sharedMemoryNode),
      ...channelNodes(domain, phandles),
    ],
  );
}

/** The board's device tree with everything under /chosen that Xen boots the plan from. */
export function hostDeviceTree(base: DeviceTree, plan: SystemPlan, boot: BootFacts): DeviceTree {
  const phandles = channelPhandles(plan, nextPhandle(base));
  const tree = withReservedMemory(withSram(base, plan.sram), plan.reserved);
  const withChosen = tree.root.children.some((child) => child.name === 'chosen')
    ? tree
    : { ...tree, root: addChild(tree.root, node('chosen')) };
  return setNode(withChosen, '/chosen', (chosen) => ({
    ...chosen,
    properties: [
      ...chosen.properties.filter(({ name }) => !/^#(address|size)-cells$/.test(name)),
      ...node('', {
        '#address-cells': 2,
        '#size-cells': 2,
        'xen,xen-bootargs': [
          ...boot.xenArguments,
          ...plan.domains.filter(isDom0).flatMap(dom0Arguments),
          ...plan.bootargs,
        ].join(' '),
      }).properties,
    ],
    children: [
      ...chosen.children,
      ...dom0Nodes(plan, boot),
      ...plan.domains
        .filter((domain) => !isDom0(domain))
        .map((domain) => domainNode(domain, boot, phandles)),
    ],
  }));
}
