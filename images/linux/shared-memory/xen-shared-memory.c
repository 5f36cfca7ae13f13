// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that Xen domains share, for user space: each region that the device
 * tree tells of becomes a dma-buf, mapped as Normal Write-Back memory.
 *
 * /dev/mem cannot do that: what is no RAM of this kernel's it maps as Device.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include <asm/barrier.h>
#include <asm/cputype.h>

#include "xen-shared-memory.h"

struct region {
	struct list_head list;
	struct xen_shared_memory_region facts;
	/* The kernel's own mapping: what is maintained by address needs one. */
	void *memory;
};

/* Filled when the module is loaded, and not changed after that. */
static LIST_HEAD(regions);

/*
 * To the point of coherency, as the other party may look past this one's
 * caches: the kernel exports no function that does so on arm64. Invalidating
 * alone is not offered, since under a hypervisor it cleans as well.
 */
static void clean(const struct region *region, bool invalidate)
{
	size_t line = 4UL << ((read_cpuid_cachetype() >> 16) & 0xf);
	void *end = region->memory + region->facts.size;
	void *at;

	dsb(sy);
	for (at = region->memory; at < end; at += line) {
		if (invalidate)
			asm volatile("dc civac, %0" : : "r" (at) : "memory");
		else
			asm volatile("dc cvac, %0" : : "r" (at) : "memory");
	}
	dsb(sy);
}

static int region_attach(struct dma_buf *buf, struct dma_buf_attachment *attachment)
{
	/* It is between processors: no device has asked for it. */
	return -EOPNOTSUPP;
}

/* dma_buf_export() wants both; without an attachment neither is called. */
static struct sg_table *region_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction direction)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void region_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			 enum dma_data_direction direction)
{
}

static int region_begin(struct dma_buf *buf, enum dma_data_direction direction)
{
	/*
	 * Also before writing: a line that is written in part has the rest of
	 * it from here.
	 */
	clean(buf->priv, true);
	return 0;
}

static int region_end(struct dma_buf *buf, enum dma_data_direction direction)
{
	if (direction != DMA_FROM_DEVICE)
		clean(buf->priv, false);
	return 0;
}

static int region_mmap(struct dma_buf *buf, struct vm_area_struct *vma)
{
	const struct region *region = buf->priv;
	unsigned long frame = (region->facts.address >> PAGE_SHIFT) + vma->vm_pgoff;

	/* What is written to a private mapping goes to a copy, and to no other domain. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	/*
	 * dma_buf_mmap() has seen to it that it does not reach past the end.
	 * The protection is that of memory as it is, which is Write-Back.
	 */
	return remap_pfn_range(vma, vma->vm_start, frame, vma->vm_end - vma->vm_start,
			       vma->vm_page_prot);
}

static void region_release(struct dma_buf *buf)
{
	/* The region stays as long as the module, which the dma-buf holds. */
}

static const struct dma_buf_ops region_ops = {
	.attach = region_attach,
	.map_dma_buf = region_map,
	.unmap_dma_buf = region_unmap,
	.begin_cpu_access = region_begin,
	.end_cpu_access = region_end,
	.mmap = region_mmap,
	.release = region_release,
};

static int export_region(struct region *region)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *buf;
	int fd;

	info.ops = &region_ops;
	info.size = region->facts.size;
	info.flags = O_RDWR;
	info.priv = region;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	fd = dma_buf_fd(buf, O_CLOEXEC);
	if (fd < 0)
		dma_buf_put(buf);
	return fd;
}

static struct region *nth_region(u32 index)
{
	struct region *region;

	list_for_each_entry(region, &regions, list)
		if (index-- == 0)
			return region;
	return NULL;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct xen_shared_memory_region __user *user = (void __user *)argument;
	struct xen_shared_memory_region facts;
	struct region *region;
	u32 index;

	if (command != XEN_SHARED_MEMORY_DESCRIBE && command != XEN_SHARED_MEMORY_EXPORT)
		return -ENOTTY;
	if (get_user(index, &user->index))
		return -EFAULT;
	region = nth_region(index);
	if (!region)
		return -ENOENT;
	facts = region->facts;
	facts.index = index;
	facts.fd = -1;
	/* What can fail first: a descriptor cannot be taken back. */
	if (copy_to_user(user, &facts, sizeof(facts)))
		return -EFAULT;
	if (command == XEN_SHARED_MEMORY_DESCRIBE)
		return 0;
	facts.fd = export_region(region);
	if (facts.fd < 0)
		return facts.fd;
	return put_user(facts.fd, &user->fd);
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen-shared-memory",
	.mode = 0600,
	.fops = &device_operations,
};

static int add_region(const struct device_node *node, const struct resource *resource)
{
	struct region *region;
	const char *id;

	if (!PAGE_ALIGNED(resource->start) || !PAGE_ALIGNED(resource_size(resource)))
		return -EINVAL;
	region = kzalloc(sizeof(*region), GFP_KERNEL);
	if (!region)
		return -ENOMEM;
	region->facts.address = resource->start;
	region->facts.size = resource_size(resource);
	if (of_property_read_string(node, "xen,id", &id))
		id = node->name;
	strscpy(region->facts.id, id, sizeof(region->facts.id));
	/* The owner of a region has it in its RAM, a borrower beside it: both are served. */
	region->memory = memremap(region->facts.address, region->facts.size, MEMREMAP_WB);
	if (!region->memory) {
		kfree(region);
		return -ENXIO;
	}
	list_add_tail(&region->list, &regions);
	return 0;
}

static void remove_regions(void)
{
	struct region *region, *next;

	list_for_each_entry_safe(region, next, &regions, list) {
		memunmap(region->memory);
		kfree(region);
	}
}

static int __init xen_shared_memory_init(void)
{
	struct device_node *node;
	struct resource resource;
	int error;

	/*
	 * Anywhere in the tree: what xl is given as a partial device tree comes
	 * out below /passthrough, not in /reserved-memory.
	 */
	for_each_compatible_node(node, NULL, "xen,shared-memory-v1") {
		error = of_address_to_resource(node, 0, &resource);
		if (!error)
			error = add_region(node, &resource);
		if (error)
			pr_warn("%pOF is left out: %d\n", node, error);
	}
	error = misc_register(&device);
	if (error)
		remove_regions();
	return error;
}
module_init(xen_shared_memory_init);

static void __exit xen_shared_memory_exit(void)
{
	misc_deregister(&device);
	remove_regions();
}
module_exit(xen_shared_memory_exit);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif
MODULE_DESCRIPTION("Memory shared between Xen domains as dma-bufs");
MODULE_LICENSE("GPL");
