/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes and checks patterns in memory that Xen domains share, as the bare-metal probe does
 * (lib/probe/patterns.ts):
 *
 *   shm list
 *   shm fill REGION address|constant SEED
 *   shm check REGION address|constant SEED
 *   shm unaligned REGION
 *
 * REGION is an id that `list` shows, or ADDRESS+SIZE, which goes through /dev/mem. Each command
 * prints a line of key=value for what it found; numbers are hexadecimal, counts are not.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "xen-shared-memory.h"

struct region
{
    /* The dma-buf; -1 for what /dev/mem has mapped. */
    int buffer;
    volatile uint64_t *words;
    uint64_t size;
};

static void fail(const char *what)
{
    fprintf(stderr, "shm: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_device(void)
{
    int device = open("/dev/xen-shared-memory", O_RDWR | O_CLOEXEC);

    if ( device < 0 )
        fail("/dev/xen-shared-memory");
    return device;
}

static void list(void)
{
    struct xen_shared_memory_region facts = { .index = 0 };
    int device = open_device();

    for ( ; ioctl(device, XEN_SHARED_MEMORY_DESCRIBE, &facts) == 0; facts.index++ )
        printf("id=%s address=0x%llx size=0x%llx\n", facts.id, facts.address, facts.size);
}

static void map(struct region *region, int file, uint64_t offset)
{
    void *words = mmap(NULL, region->size, PROT_READ | PROT_WRITE, MAP_SHARED, file, offset);

    if ( words == MAP_FAILED )
        fail("mmap");
    region->words = words;
}

static struct region open_buffer(const char *id)
{
    struct xen_shared_memory_region facts = { .index = 0 };
    struct region region;
    int device = open_device();

    while ( ioctl(device, XEN_SHARED_MEMORY_DESCRIBE, &facts) == 0 && strcmp(facts.id, id) != 0 )
        facts.index++;
    if ( ioctl(device, XEN_SHARED_MEMORY_EXPORT, &facts) != 0 )
        fail(id);
    region.buffer = facts.fd;
    region.size = facts.size;
    map(&region, facts.fd, 0);
    return region;
}

static struct region open_physical(const char *range)
{
    struct region region = { .buffer = -1 };
    int file = open("/dev/mem", O_RDWR | O_CLOEXEC);
    char *plus;
    uint64_t address = strtoull(range, &plus, 0);

    if ( file < 0 )
        fail("/dev/mem");
    region.size = strtoull(plus + 1, NULL, 0);
    map(&region, file, address);
    return region;
}

/* Tells the exporter that this processor begins, or has ended, to use the memory. */
static void sync_buffer(const struct region *region, uint64_t flags)
{
    struct dma_buf_sync sync = { .flags = flags };

    if ( region->buffer >= 0 && ioctl(region->buffer, DMA_BUF_IOCTL_SYNC, &sync) != 0 )
        fail("DMA_BUF_IOCTL_SYNC");
}

static uint64_t word_at(const char *kind, uint64_t seed, uint64_t offset)
{
    return strcmp(kind, "constant") == 0 ? seed : seed << 32 | (offset & 0xffffffff);
}

static void fill(const struct region *region, const char *kind, uint64_t seed)
{
    uint64_t at;

    sync_buffer(region, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
    for ( at = 0; at < region->size / 8; at++ )
        region->words[at] = word_at(kind, seed, at * 8);
    sync_buffer(region, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
    printf("words=%" PRIu64 "\n", at);
}

static void check(const struct region *region, const char *kind, uint64_t seed)
{
    uint64_t at, value, bad = 0, first = 0, found = 0;

    sync_buffer(region, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
    for ( at = 0; at < region->size / 8; at++ )
    {
        value = region->words[at];
        if ( value == word_at(kind, seed, at * 8) )
            continue;
        if ( bad++ == 0 )
        {
            first = at * 8;
            found = value;
        }
    }
    sync_buffer(region, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
    printf("words=%" PRIu64 " bad=%" PRIu64, at, bad);
    if ( bad != 0 )
        printf(" first=0x%" PRIx64 " value=0x%016" PRIx64 " expected=0x%016" PRIx64, first, found,
               word_at(kind, seed, first));
    putchar('\n');
}

static sigjmp_buf faulted;

static void on_fault(int signal)
{
    siglongjmp(faulted, signal);
}

/* Normal memory takes an access that is not aligned; Device memory faults. */
static void unaligned(const struct region *region)
{
    uint64_t value;

    signal(SIGBUS, on_fault);
    if ( sigsetjmp(faulted, 1) != 0 )
    {
        puts("unaligned=faults");
        return;
    }
    asm volatile("ldr %0, [%1]" : "=r" (value) : "r" ((uintptr_t)region->words + 1) : "memory");
    puts("unaligned=works");
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    struct region region;
    int has_pattern = argc == 5 &&
        (strcmp(argv[3], "address") == 0 || strcmp(argv[3], "constant") == 0);

    if ( argc == 2 && strcmp(verb, "list") == 0 )
    {
        list();
        return 0;
    }
    if ( !(argc == 3 && strcmp(verb, "unaligned") == 0) &&
         !(has_pattern && (strcmp(verb, "fill") == 0 || strcmp(verb, "check") == 0)) )
    {
        fputs("usage: shm list | fill|check REGION address|constant SEED | unaligned REGION\n",
              stderr);
        return 2;
    }
    region = strchr(argv[2], '+') != NULL ? open_physical(argv[2]) : open_buffer(argv[2]);
    if ( strcmp(verb, "fill") == 0 )
        fill(&region, argv[3], strtoull(argv[4], NULL, 0));
    else if ( strcmp(verb, "check") == 0 )
        check(&region, argv[3], strtoull(argv[4], NULL, 0));
    else
        unaligned(&region);
    return 0;
}
