// SPDX-License-Identifier: Apache-2.0
import type { BootModule } from '../import/dom0less-domain.ts';
import type { HostTree } from '../import/host-tree.ts';
import type { Finding } from './finding.ts';

const called: Readonly<Record<BootModule['kind'], string>> = {
  kernel: 'kernel',
  ramdisk: 'ramdisk',
  'device-tree': 'partial device tree',
};

/** Of the only node of that kind at its address, or the first. */
const consequences: Readonly<Record<BootModule['kind'], string>> = {
  // kernel_probe finds no image that fits into it.
  kernel: 'Xen panics: "Could not set up domain NAME (rc = -2)"',
  // initrd_load returns at once.
  ramdisk: 'the guest boots without a ramdisk',
  // check_partial_fdt: "Partial FDT totalsize is too big".
  'device-tree': 'Xen panics: "Could not set up domain NAME"',
};

/**
 * Modules whose size is 0. Of several nodes of one kind at one address Xen keeps the first alone
 * (add_boot_module in xen/common/device-tree/bootinfo.c): its size is that of all.
 */
export function checkModuleSizes({ dom0, domains, modules }: HostTree): Finding[] {
  const order = modules.map(({ where }) => where.path);
  const inOrder = [dom0, ...domains]
    .flatMap((domain) => domain.modules.map((module) => ({ domain: domain.name, ...module })))
    .sort((a, b) => order.indexOf(a.at('reg').path) - order.indexOf(b.at('reg').path));
  return inOrder
    .filter(({ size }) => size === 0n)
    .map((module): Finding => {
      const { kind, domain, start, at } = module;
      const first = inOrder.find((one) => one.kind === kind && one.start === start);
      const counts = first === undefined || first.size === 0n;
      return {
        rule: 'module-empty',
        severity: counts && kind !== 'ramdisk' ? 'error' : 'warning',
        where: at('reg'),
        ...(!counts && { related: [first.at('reg')] }),
        message: `the ${called[kind]} of ${domain} has a size of 0`,
        consequence: counts
          ? consequences[kind]
          : `Xen takes the size from the node of ${first.domain}, which comes first; when that goes, this is lost`,
        fix: 'write how many bytes the boot loader puts there',
      };
    });
}
