// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from '../memory/attributes.ts';
import type { Bytes } from '../support/units.ts';
import type { XlConfig } from './xl-config.ts';

/** CPUs of QEMU's `virt` machine that run Xen. A board has the CPU that it has. */
export type CpuModel = 'cortex-a53' | 'cortex-a57' | 'max';

/** What a test asks of the machine. A board that is something else skips the test. */
export interface MachineSpec {
  /** Version of the interrupt controller. Default 3. */
  readonly gic?: 2 | 3;
  /** Default `cortex-a57`. */
  readonly cpu?: CpuModel;
  /** Physical CPUs. Default 2. */
  readonly cpus?: number;
  /** Default 1 GiB. */
  readonly memory?: Bytes;
}

/** Which hypervisor is booted, and what it is told. */
export interface XenSpec {
  /** A hypervisor flavour of images/manifest.json. Default: the run's. */
  readonly flavour?: string;
  /** Added to Xen's command line (docs/misc/xen-command-line). */
  readonly bootargs?: readonly string[];
}

/** A region of static shared memory (Xen: docs/misc/arm/device-tree/booting.txt). */
export interface SharedMemorySpec {
  /** A multiple of 4 KiB. */
  readonly size: Bytes;
  /**
   * Where it is in host memory. Default: chosen by Crosspage and given to Xen; `'xen'`: not
   * given, Xen takes it from its heap (4.19 and later).
   */
  readonly hostAddress?: bigint | 'xen';
  /** `xen,shm-id`, 1 to 15 characters. Default: the region's name. */
  readonly id?: string;
}

/**
 * Host memory that Xen never gets for its own use: taken out of /memory and described to it as a
 * device, `mmio-sram` (docs/misc/arm/passthrough.txt).
 */
export interface SramSpec {
  /** A multiple of 4 KiB. */
  readonly size: Bytes;
  /** Where it is in host memory. Default: chosen by Crosspage. */
  readonly hostAddress?: bigint;
  /** `xen,passthrough`: dom0 does not map it. Default false: a dom0 maps it where it is. */
  readonly passthrough?: boolean;
  /**
   * A child of its node with `export`: in a Linux dom0 the driver of the binding sram/sram.yaml gives
   * it to user space, as a file of sysfs. Default false.
   */
  readonly exported?: boolean;
}

/**
 * Host memory that is described as reserved, `xen,shared-memory-v1`, so that nobody allocates it
 * and a toolstack may give it to domains by `iomem`.
 */
export interface ReservedMemorySpec {
  /** A multiple of 4 KiB. */
  readonly size: Bytes;
  /** Where it is in host memory. Default: chosen by Crosspage. */
  readonly hostAddress?: bigint;
}

/** How a domU maps an {@link SramSpec}: a node of its partial device tree. */
export interface SramMapSpec {
  /**
   * `xen,reg` maps it as Device-nGnRE at stage 2, the default; `xen,reg-cacheable` as Normal
   * memory, on a hypervisor that has it.
   */
  readonly by?: 'xen,reg' | 'xen,reg-cacheable';
  /** Where the domain sees it. Default: chosen by Crosspage above the domain's RAM. */
  readonly guestAddress?: bigint;
  /** `xen,path`, the name of the host's node. Default true. */
  readonly path?: boolean;
  /** `xen,force-assign-without-iommu`. Default true. */
  readonly forceAssign?: boolean;
  /**
   * What the probe maps it with at stage 1. Default `normal-non-cacheable`, as Linux' sram driver
   * does, and `normal-write-back` for `xen,reg-cacheable`.
   */
  readonly memory?: Stage1Attribute;
}

/** How dom0 uses an {@link SramSpec}, which Xen maps for it where it is in host memory. */
export interface Dom0SramSpec {
  /**
   * What the probe maps it with at stage 1. Default `normal-non-cacheable`, as Linux' sram driver
   * does, and `normal-write-back` when a domU has it by `xen,reg-cacheable`.
   */
  readonly memory?: Stage1Attribute;
}

/** The hardware domain, with a probe in it. Its guest addresses are host addresses. */
export interface Dom0Spec {
  /** The probe that runs in it. */
  readonly probe: 'memory';
  /** RAM, `dom0_mem`. Default 32 MiB. */
  readonly memory?: Bytes;
  /** `dom0_max_vcpus`. Default 1; the memory probe serves up to 4. */
  readonly vcpus?: number;
  /** By the name of the {@link SramSpec}. */
  readonly sram?: Readonly<Record<string, Dom0SramSpec>>;
}

/** A Linux domain that dom0 creates as it boots: its xl configuration but what it boots. */
export type LinuxGuestSpec = Omit<XlConfig, 'name' | 'kernel' | 'ramdisk' | 'extra'>;

/** The hardware domain with a Linux in it, in which Xen's toolstack runs. */
export interface LinuxDom0Spec {
  /** Its root file system, by its name in images/manifest.json. */
  readonly linux: string;
  /**
   * A directory in the layout of a root file system that is laid over it: another toolstack, files
   * of a test. Default: the toolstack that goes with the hypervisor, if it has one of its own.
   */
  readonly overlay?: string;
  /**
   * Root file system of the Linux domains that it creates, by its name in images/manifest.json: it
   * and their kernel are put into dom0. Default: none.
   */
  readonly guest?: string;
  /**
   * Linux domains that it creates as it boots, in this order, of the root file system `guest`: they
   * are up when it is, and part of the state that is restored. Default: none.
   */
  readonly creates?: Readonly<Record<string, LinuxGuestSpec>>;
  /** RAM, `dom0_mem`. Default 256 MiB. */
  readonly memory?: Bytes;
  /** `dom0_max_vcpus`, pinned. Default 1: the domains that it creates run on the others. */
  readonly vcpus?: number;
  /** Added to Linux' command line. */
  readonly bootargs?: readonly string[];
}

/** How one domain maps a region. */
export interface MapSpec {
  /** Default: none, Xen itself (dom_io) owns the region. One policy for each region. */
  readonly role?: 'owner' | 'borrower';
  /** Where the domain sees it. Default: chosen by Crosspage above the domain's RAM. */
  readonly guestAddress?: bigint;
  /** What the probe maps it with at stage 1. Default `normal-write-back`. */
  readonly memory?: Stage1Attribute;
}

/** A dom0less domU. Sizes in bytes. */
export interface DomainSpec {
  /** The probe that runs in it. */
  readonly probe: 'memory';
  /** RAM. Default 32 MiB. */
  readonly memory?: Bytes;
  /** Default 1; the memory probe serves up to 4. */
  readonly vcpus?: number;
  /** By the name of the region; a list maps the region several times (aliases). */
  readonly maps?: Readonly<Record<string, MapSpec | readonly MapSpec[]>>;
  /** By the name of the {@link SramSpec}. */
  readonly sram?: Readonly<Record<string, SramMapSpec>>;
  /**
   * `xen,enhanced`: Xen tells the domain of itself, which it needs for the event channels'
   * interrupt. Default: a domain without Xen's interfaces.
   */
  readonly enhanced?: 'no-xenstore';
  /** Host address of the domain's RAM (`xen,static-mem`). Default: from Xen's heap. */
  readonly staticMemory?: bigint;
}

/** A static event channel between two domains (`xen,evtchn-v1`): each end's port by domain. */
export type EventChannelSpec = Readonly<Record<string, number>>;

/** A whole system: what is booted, which domains, what they share. */
export interface SystemSpec {
  readonly machine?: MachineSpec;
  readonly xen?: XenSpec;
  readonly sharedMemory?: Readonly<Record<string, SharedMemorySpec>>;
  readonly sram?: Readonly<Record<string, SramSpec>>;
  readonly reservedMemory?: Readonly<Record<string, ReservedMemorySpec>>;
  readonly eventChannels?: Readonly<Record<string, EventChannelSpec>>;
  /** The hardware domain, domid 0. Default: none, as in a system of dom0less domUs alone. */
  readonly dom0?: Dom0Spec | LinuxDom0Spec;
  /** In the order of their nodes, which is the order of their domids from 1. */
  readonly domains: Readonly<Record<string, DomainSpec>>;
  /** Whether each test boots its own system or the tests of a file share one. */
  readonly isolation?: 'test' | 'file';
}
