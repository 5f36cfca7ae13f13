/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What /dev/xen-shared-memory takes. */
#ifndef XEN_SHARED_MEMORY_H
#define XEN_SHARED_MEMORY_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define XEN_SHARED_MEMORY_ID_SIZE 64

/**
 * struct xen_shared_memory_region - one region that this domain shares
 * @index: in: which, from zero on
 * @fd: out, of XEN_SHARED_MEMORY_EXPORT: its dma-buf
 * @address: out: where it is in this domain's memory
 * @size: out: bytes
 * @id: out: its xen,id; where the node has none, the name of the node
 */
struct xen_shared_memory_region {
	__u32 index;
	__s32 fd;
	__u64 address;
	__u64 size;
	char id[XEN_SHARED_MEMORY_ID_SIZE];
};

/* ENOENT: there are not so many regions. */
#define XEN_SHARED_MEMORY_DESCRIBE _IOWR('X', 0x60, struct xen_shared_memory_region)
#define XEN_SHARED_MEMORY_EXPORT _IOWR('X', 0x61, struct xen_shared_memory_region)

#endif
