// SPDX-License-Identifier: Apache-2.0
import { partialFiles } from '../../../lib/boot-files/partial-files.ts';
import { cells64, deviceTree, node, writeBlob } from '../../../lib/dt/index.ts';
import type { LoadedFile } from '../../../lib/import/boot-loads.ts';
import type { ImportedFiles } from '../../../lib/import/imported-files.ts';
import { readHostTree } from '../../../lib/import/host-tree.ts';
import { readPartialTree } from '../../../lib/import/partial-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import type { Finding } from '../../../lib/lint/finding.ts';
import { lint } from '../../../lib/lint/lint.ts';
import { type LintTarget, lintTargets } from '../../../lib/lint/target.ts';
import { virtLayout } from '../../../lib/qemu/virt.ts';
import { hostAddressOf, MiB } from '../../../lib/support/units.ts';
import { hostDeviceTree } from '../../../lib/xen/chosen.ts';
import { planUnchecked } from '../../../lib/xen/plan.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import type { Tampering } from '../../../lib/xen/tampering.ts';

const file = (address: number, size: number) => ({ address: hostAddressOf(address), size });

/** Where a boot's files lie: beside each other, from 2 MiB into RAM. */
const places = {
  xen: file(0x4020_0000, MiB(1)),
  probe: file(0x4040_0000, 0x1_0000),
  linux: file(0x4060_0000, MiB(2)),
  ramdisk: file(0x4090_0000, MiB(1)),
  'host.dtb': file(0x40b0_0000, 0x2_0000),
};

/** As a flavour is: Xen 4.20 with what Xilinx' tree has for sharing. */
export const portedTarget: LintTarget = {
  ...{ name: 'shared-memory', major: 4, minor: 20 },
  capabilities: new Set([
    ...(['static-memory', 'static-shm', 'heap-shm', 'llc-coloring'] as const),
    ...(['reg-cacheable', 'iomem-cacheable', 'xl-static-shm', 'ported'] as const),
  ]),
};

export function targetNamed(name: string): LintTarget {
  if (name === portedTarget.name) return portedTarget;
  const target = lintTargets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  return target;
}

/** Files that a test adds: partial trees, and other modules. */
function treesAmong(files: Readonly<Record<string, Uint8Array>>): PlacedTree[] {
  const isTree = (bytes: Uint8Array): boolean => Buffer.from(bytes).readUInt32BE() === 0xd00d_feed;
  return Object.entries(files)
    .filter(([, bytes]) => bytes.length > 4 && isTree(bytes))
    .map(([name, bytes]) => PlacedTree.fromBlob(name, bytes));
}

/** Where the first partial tree lies. */
const partialPlace = 0x40c0_0000;

/** Which file a boot puts where. */
export const loads = (spec: SystemSpec): LoadedFile[] =>
  partialFiles(planUnchecked(spec, virtLayout)).map(({ name }, index) => ({
    file: `${name}.dtb`,
    start: BigInt(partialPlace + index * 0x1000),
    size: undefined,
    where: { file: 'boot' },
  }));

/** The device trees that a specification is booted with, as files. */
export function generatedFiles(spec: SystemSpec, tampering: Tampering = {}): ImportedFiles {
  const plan = planUnchecked(spec, virtLayout);
  const ram = virtLayout
    .ram(plan.machine.memory)
    .map(({ start, size }) =>
      node(`memory@${start.toString(16)}`, { device_type: 'memory', reg: cells64(start, size) }),
    );
  const base = deviceTree(node('', { '#address-cells': 2, '#size-cells': 2 }, ram));
  const partials = partialFiles(plan);
  const linux = plan.domains.some((domain) => domain.linux !== undefined);
  const generated = hostDeviceTree(base, plan, {
    kernel: places.probe,
    linux: linux ? { kernel: places.linux, ramdisk: places.ramdisk } : undefined,
    partialTree: (domain) => {
      const index = partials.findIndex((partial) => partial.domain === domain);
      return index < 0 ? undefined : file(partialPlace + index * 0x1000, 0x1000);
    },
    kernelArguments: () => '',
    xenArguments: [],
  });
  const extra = Object.entries(tampering.files ?? {}).map(
    ([name, bytes], index) => [name, file(0x40d0_0000 + index * 0x10_0000, bytes.length)] as const,
  );
  const known = new Map([...Object.entries(places), ...extra]);
  const edited = tampering.edit?.(generated, known) ?? generated;
  return {
    hosts: [readHostTree(PlacedTree.fromBlob('host.dtb', writeBlob(edited)), loads(spec))],
    partials: [
      ...partials.map(({ name, blob }) => PlacedTree.fromBlob(`${name}.dtb`, blob)),
      ...treesAmong(tampering.files ?? {}),
    ].map(readPartialTree),
    domains: [],
    imageBuilders: [],
    scripts: [],
    unreadable: [],
    texts: [],
  };
}

/** What is found in them. */
export const lintSystem = (
  spec: SystemSpec,
  target: LintTarget,
  tampering: Tampering = {},
): readonly Finding[] => lint({ target, ...generatedFiles(spec, tampering) });
