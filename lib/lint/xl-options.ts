// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import type { XlDomain } from '../import/xl-domain.ts';
import { hex } from '../support/units.ts';
import type { Finding } from './finding.ts';
import { distance } from './options.ts';

/** What xl of 4.17 to 4.22 reads, on any architecture: xlu_cfg_get_* and replace_string in tools/xl. */
const known: ReadonlySet<string> = new Set(
  [
    'acpi acpi_firmware acpi_laptop_slate acpi_s3 acpi_s4 altp2m altp2mhvm apic arm_sci bios',
    'blkdev_start boot bootloader bootloader_args bootloader_restrict bootloader_user builder cap',
    'channel cmdline cpu_weight cpuid cpus cpus_soft device_model device_model_args',
    'device_model_args_hvm device_model_args_pv device_model_override',
    'device_model_stubdomain_override device_model_stubdomain_seclabel device_model_user',
    'device_model_version device_tree disk dm_restrict driver_domain dtdev e820_host extra extratime',
    'firmware firmware_override gfx_passthru gic_version hap hdtype hpet hvm_pirq init_seclabel iomem',
    'ioports irqs kernel keymap latency llc_colors localtime max_event_channels max_grant_frames',
    'max_grant_version max_maptrack_frames maxmem maxvcpus mca_caps memory mmio_hole ms_vm_genid',
    'msr_relaxed name nestedhvm nodes nographic nomigrate nr_spis nx on_crash on_poweroff on_reboot',
    'on_soft_reset on_watchdog oos opengl p9 pae passthrough pci pci_msitranslate pci_permissive',
    'pci_power_mgmt pci_seize period pool pvcalls pvh pvshim pvshim_cmdline pvshim_extra pvshim_path',
    'ramdisk rdm rdm_mem_boundary root rtc_timeoffset sched sdl seclabel serial shadow_memory slice',
    'smbios smbios_firmware soundhw spice spice_clipboard_sharing spiceagent_mouse',
    'spicedisable_ticketing spicehost spicepasswd spiceport spicetls_port spiceusbredirection',
    'spicevdagent static_shm stdvga stubdomain_cmdline stubdomain_kernel stubdomain_memory',
    'stubdomain_ramdisk suppress_vmdesc sve system_firmware tee timer_mode trap_unmapped_accesses timeoffset tsc_mode type',
    'uuid usb usbctrl usbdev usbdevice usbversion vcpus vcpus_soft vdispl vendor_device vfb vga',
    'videoram vif vif2 viridian virtio vkb vkb_device vm_watchdog vmtrace_buf_kb vnc vncdisplay',
    'vnclisten vncpasswd vncunused vncviewer vnuma vpmu vpt_align vscsi vsnd vtpm vtsc vuart',
    'xen_platform_pci xend_suspend_evtchn_compat',
  ].flatMap((line) => line.split(' ')),
);

/** Options whose loss takes something shared with it. */
const ofSharing = ['iomem', 'static_shm', 'device_tree'];

const nearest = (name: string, among: readonly string[]): string | undefined =>
  among.find((one) => distance(one, name) <= (one.length > 5 ? 2 : 1));

/** Options that xl ignores in silence. */
export function checkXlOptionNames(domains: readonly XlDomain[]): Finding[] {
  return domains.flatMap(({ file }) =>
    file.settings
      .filter(({ name }) => !known.has(name))
      .map(({ name, place }): Finding => {
        const shared = nearest(name, ofSharing);
        const meant = shared ?? nearest(name, [...known]);
        return {
          rule: 'xl-option',
          severity: shared === undefined ? 'warning' : 'error',
          where: { file: place.file, place, line: file.lines.text(place.line) },
          message: `xl knows no option ${name}`,
          consequence: 'xl ignores it in silence',
          fix: meant === undefined ? 'take it away' : `write ${meant}, if that is meant`,
        };
      }),
  );
}

/** Domains by their names, which no other domain may have. */
export function checkXlNames(domains: readonly XlDomain[]): Finding[] {
  return domains.flatMap((domain, index): Finding[] => {
    const { name, where, file, faults } = domain;
    // A name that cannot be read is another finding.
    const unread = file.problems.length > 0 || faults.some(({ option }) => option === 'name');
    if (name === undefined && unread) return [];
    if (name === undefined || name.value === '')
      return [
        {
          ...{ rule: 'xl-name', severity: 'error', where: name?.where ?? where },
          message: 'the domain has no name',
          consequence: 'xl creates no domain: "Domain name must be specified."',
          fix: 'add name = "…"',
        },
      ];
    const other = domains.slice(0, index).find((one) => one.name?.value === name.value);
    if (other?.name === undefined) return [];
    return [
      {
        ...{ rule: 'xl-name', severity: 'error', where: name.where },
        related: [other.name.where],
        message: `two domains are called ${name.value}`,
        consequence: 'xl does not create the second: "Domain with name … already exists"',
        fix: 'give it a name of its own',
      },
    ];
  });
}

/** How much a domain asks for, against what the host's device tree says that there is. */
export function checkXlMemory(domains: readonly XlDomain[], hosts: readonly HostTree[]): Finding[] {
  const banks = hosts.flatMap(({ memory }) => memory);
  const total = banks.reduce((sum, { size }) => sum + size, 0n);
  return domains.flatMap(({ memory }): Finding[] => {
    if (memory === undefined) return [];
    const { value, where } = memory;
    if (value !== 0n && (total === 0n || value < total)) return [];
    return [
      {
        ...{ rule: 'xl-memory', severity: 'error', where },
        related: value === 0n ? [] : banks.map((bank) => bank.where),
        message:
          value === 0n
            ? 'the domain has no memory'
            : `the domain is to have ${hex(value)} bytes, and the host has ${hex(total)}`,
        consequence: 'xl creates no domain',
        fix: value === 0n ? 'write how many MiB it needs' : 'write less',
      },
    ];
  });
}
