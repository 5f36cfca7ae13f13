// SPDX-License-Identifier: Apache-2.0
import type { Stage1Attribute } from '../memory/attributes.ts';
import type { Bytes } from '../support/units.ts';

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
  readonly eventChannels?: Readonly<Record<string, EventChannelSpec>>;
  /** In the order of their nodes, which is the order of their domids from 1. */
  readonly domains: Readonly<Record<string, DomainSpec>>;
  /** Whether each test boots its own system or the tests of a file share one. */
  readonly isolation?: 'test' | 'file';
}
