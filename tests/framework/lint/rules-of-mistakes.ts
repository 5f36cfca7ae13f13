// SPDX-License-Identifier: Apache-2.0
import type { RuleName } from '../../../lib/lint/rules.ts';

/** Versions of Xen that mistakes are booted on. */
export type BootedVersion = '4.17' | '4.20';

/**
 * The rules that find each mistake of tests/misconfigurations, by version where they differ. Below are
 * those that no rule is about, with the reason.
 */
export const rulesOfMistakes: Readonly<
  Record<string, readonly RuleName[] | Readonly<Record<BootedVersion, readonly RuleName[]>>>
> = {
  'a host address that is not aligned': ['shm-alignment'],
  'an overlap of two regions in host memory': ['host-overlap'],
  'a region beyond the last address': ['host-not-ram'],
  'a host address that is not RAM': ['host-not-ram'],
  'a region that dom0 is to see at another address than the host': ['shm-direct-map'],
  'a region that overlaps a boot module': ['host-overlap'],
  'a misspelt compatible of a region': ['shm-compatible'],
  'a domain without cpus': ['domain-cpus'],
  'a domain without memory': ['domain-memory'],
  'a domain without a kernel': ['domain-kernel'],
  'a domain with too little memory for its kernel': ['domain-memory'],
  'an enhanced domain without dom0': ['enhanced'],
  'a region without CONFIG_STATIC_SHM': ['shm-not-built'],
  'a region without CONFIG_STATIC_SHM, before a domain with a kernel of its own,': [
    'shm-not-built',
  ],
  'a guest address that is not aligned': ['shm-alignment'],
  'a region over the RAM of its borrower': ['guest-overlap'],
  'a region over the RAM of its owner': ['guest-overlap'],
  'a region over the vGIC of its borrower': ['guest-overlap'],
  'a region over the vPL011 of its borrower': ['guest-overlap'],
  'a region over the vGIC of its borrower, on a Cortex-A53,': ['guest-overlap'],
  'a region over the vPL011 of its borrower, on a Cortex-A53,': ['guest-overlap'],
  'a guest address of 2^44 where Xen has 44 bits': ['guest-beyond'],
  'a guest address of 2^40 where Xen has 40 bits': ['guest-beyond'],
  'a region without a host address': { '4.17': ['shm-heap'], '4.20': [] },
  'a region without a host address and without an owner': {
    '4.17': ['shm-heap', 'shm-owner'],
    '4.20': ['shm-owner'],
  },
  'a region without a host address that is larger than the RAM': ['shm-heap'],
  'a region without a host address in a direct-mapped domain': {
    '4.17': ['shm-direct-map', 'shm-heap'],
    '4.20': ['shm-direct-map'],
  },
  'a region without xen,shm-id': ['shm-id'],
  'an id of 16 characters': ['shm-id'],
  'an empty id': ['shm-id'],
  'a device behind no IOMMU, without xen,force-assign-without-iommu,': ['reg-iommu'],
  'a xen,reg without xen,path': ['reg-path'],
  'a xen,path without xen,reg': ['reg-path'],
  'a xen,path to a node that there is not': ['reg-path'],
  'a xen,reg whose address is not aligned': ['reg-alignment'],
  'a xen,reg whose size is not a multiple of a page': ['reg-alignment'],
  'a xen,reg of two numbers instead of three': ['reg-tuple'],
  'SRAM over the RAM of its domain': ['guest-overlap'],
  'a xen,reg that is the RAM of another domain': ['reg-ram'],
  'a xen,reg that is Xen itself': ['reg-ram'],
  'a xen,reg-cacheable beside xen,path': ['reg-cacheable'],
  'a xen,reg-cacheable without xen,path': ['reg-cacheable'],
  'SRAM without xen,passthrough in the host': ['attributes-differ'],
  'SRAM whose range is left in /memory': ['host-overlap'],
  'a role that there is not': ['shm-role'],
  'a role that there is not, in a tree whose memory comes after /chosen,': ['shm-role'],
  'a role that there is not, before a domain with a kernel of its own,': ['shm-role'],
  'a region with borrowers and no owner': ['shm-owner'],
  'a region with two owners': ['shm-owner'],
  'a region without xen,shared-mem': ['shm-cells'],
  'a xen,shared-mem of five cells': ['shm-cells'],
  'a size of 0': ['shm-size'],
  'a size that is not a multiple of a page': ['shm-size'],
  'one id with two sizes': ['shm-differs'],
  'one id with two host addresses': ['shm-differs'],
  'a device tree with 33 regions': ['shm-limit'],
  'a domain with 24 regions': ['shm-limit'],
  'a memory that is not the sum of xen,static-mem': ['domain-memory'],
  'a direct-mapped domain without static memory': ['direct-map'],
  'one static memory for two domains': ['host-overlap'],
  'static memory without CONFIG_STATIC_MEMORY': ['static-memory-not-built'],
};

/** Rows that no rule is about, and why. */
export const withoutRule: Readonly<Record<string, string>> = {
  'a domain that shares nothing, without CONFIG_STATIC_SHM,': 'it is right, and boots',
  'code in a region': 'it is what the guest does, not how it is configured',
  'a region of 2 MiB that is aligned to 2 MiB': 'it is right, and boots',
  'an id of 15 characters': 'it is right, and boots',
  'SRAM that is passed as it should be': 'it is right, and boots',
  'SRAM with xen,passthrough in the host': 'it is right, and boots',
  'a region that is owned and not borrowed': 'it is right, and boots',
  'a borrower that is built before its owner': 'it is right, and boots',
  'a domain with static memory': 'it is right, and boots',
};
