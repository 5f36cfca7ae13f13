/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of Xen's public interface (xen/include/public). */
#ifndef XEN_H
#define XEN_H

#include "types.h"

#define XEN_MEMORY_OP      12
#define XEN_VERSION        17
#define XEN_CONSOLE_IO     18
#define XEN_GRANT_TABLE_OP 20
#define XEN_SCHED_OP       29
#define XEN_EVENT_CHANNEL  32

#define XEN_CONSOLE_IO_WRITE     0
#define XEN_CONSOLE_IO_READ      1
#define XEN_ADD_TO_PHYSMAP       7
#define XEN_REMOVE_FROM_PHYSMAP  15
#define XEN_MAPSPACE_SHARED_INFO 0
#define XEN_MAPSPACE_GRANT_TABLE 1
#define XEN_DOMID_SELF           0x7ff0
#define XEN_SCHED_YIELD          0
#define XEN_SCHED_SHUTDOWN       2
#define XEN_SHUTDOWN_CRASH       3
#define XEN_EVENT_SEND           4

/* struct shared_info of arm64: one vcpu_info of 48 bytes, then the bits, one for each port. */
#define XEN_SHARED_INFO_PENDING 48
#define XEN_EVENT_PORTS         4096

/* struct xen_add_to_physmap (public/memory.h). */
struct add_to_physmap
{
    uint16_t domid;
    uint16_t size;
    uint32_t space;
    uint64_t index;
    uint64_t gpfn;
};

#endif
