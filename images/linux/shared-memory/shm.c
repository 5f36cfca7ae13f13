/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes and checks patterns in memory that Xen domains share, as the bare-metal probe does:
 *
 *   shm list
 *   shm fill REGION address|constant SEED [BASE]
 *   shm check REGION address|constant SEED [BASE]
 *   shm unaligned REGION
 *   shm private ID                  tries a private mapping
 *
 * REGION is an id that `list` shows, or ADDRESS+SIZE, which goes through /dev/mem, with O_SYNC
 * where `sync:` comes before it, or the path of a file that holds the memory: one of sysfs, which
 * is read and written. BASE is where in the pattern the region begins, for a part of a region.
 * Each command prints a line of key=value for what it found; numbers are hexadecimal, counts are
 * not.
 */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "words.h"
#include "xen-shared-memory.h"

struct region
{
    /* The dma-buf; -1 for what is none. */
    int buffer;
    /* A file whose content is the memory; -1 for memory that is mapped. */
    int file;
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

static void map(struct region *region, int file, uint64_t offset, int flags)
{
    void *words = mmap(NULL, region->size, PROT_READ | PROT_WRITE, flags, file, offset);

    if ( words == MAP_FAILED )
        fail("mmap");
    region->words = words;
}

static struct region open_buffer(const char *id, int flags)
{
    struct xen_shared_memory_region facts = { .index = 0 };
    struct region region = { .file = -1 };
    int device = open_device();

    while ( ioctl(device, XEN_SHARED_MEMORY_DESCRIBE, &facts) == 0 && strcmp(facts.id, id) != 0 )
        facts.index++;
    if ( ioctl(device, XEN_SHARED_MEMORY_EXPORT, &facts) != 0 )
        fail(id);
    region.buffer = facts.fd;
    region.size = facts.size;
    map(&region, facts.fd, 0, flags);
    return region;
}

static struct region open_physical(const char *range)
{
    static const char sync[] = "sync:";
    struct region region = { .buffer = -1, .file = -1 };
    int is_sync = strncmp(range, sync, strlen(sync)) == 0;
    int file = open("/dev/mem", O_RDWR | O_CLOEXEC | (is_sync ? O_SYNC : 0));
    char *plus;
    uint64_t address = strtoull(range + (is_sync ? strlen(sync) : 0), &plus, 0);

    if ( file < 0 )
        fail("/dev/mem");
    region.size = strtoull(plus + 1, NULL, 0);
    map(&region, file, address, MAP_SHARED);
    return region;
}

static struct region open_file(const char *path)
{
    struct region region = { .buffer = -1, .file = open(path, O_RDWR | O_CLOEXEC) };
    struct stat facts;

    if ( region.file < 0 || fstat(region.file, &facts) != 0 )
        fail(path);
    region.size = facts.st_size;
    region.words = calloc(1, region.size);
    if ( region.words == NULL )
        fail("calloc");
    return region;
}

static struct region open_region(const char *name)
{
    if ( strchr(name, '/') != NULL )
        return open_file(name);
    return strchr(name, '+') != NULL ? open_physical(name) : open_buffer(name, MAP_SHARED);
}

/* Tells the exporter that this processor begins, or has ended, to use the memory. */
static void sync_buffer(const struct region *region, uint64_t flags)
{
    struct dma_buf_sync sync = { .flags = flags };

    if ( region->buffer >= 0 && ioctl(region->buffer, DMA_BUF_IOCTL_SYNC, &sync) != 0 )
        fail("DMA_BUF_IOCTL_SYNC");
}

/* Reads or writes all of a file; one of sysfs takes a page at a time. */
static void transfer(const struct region *region, int writes)
{
    uint64_t at = 0;
    ssize_t done;

    while ( region->file >= 0 && at < region->size )
    {
        void *bytes = (char *)(uintptr_t)region->words + at;

        done = writes ? pwrite(region->file, bytes, region->size - at, at)
                      : pread(region->file, bytes, region->size - at, at);
        if ( done <= 0 )
            fail(writes ? "write" : "read");
        at += done;
    }
}

static void fill(const struct region *region, const struct pattern *pattern)
{
    sync_buffer(region, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
    fill_words(region->words, region->size, pattern);
    transfer(region, 1);
    sync_buffer(region, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
    printf("words=%" PRIu64 "\n", region->size / 8);
}

static void check(const struct region *region, const struct pattern *pattern)
{
    sync_buffer(region, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
    transfer(region, 0);
    check_words(stdout, region->words, region->size, pattern);
    sync_buffer(region, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    struct region region;
    struct pattern pattern = { .kind = "" };
    int has_pattern = (argc == 5 || argc == 6) && is_pattern(argv[3]);

    if ( argc == 2 && strcmp(verb, "list") == 0 )
    {
        list();
        return 0;
    }
    if ( argc == 3 && strcmp(verb, "private") == 0 )
    {
        open_buffer(argv[2], MAP_PRIVATE);
        puts("private=works");
        return 0;
    }
    if ( !(argc == 3 && strcmp(verb, "unaligned") == 0) &&
         !(has_pattern && (strcmp(verb, "fill") == 0 || strcmp(verb, "check") == 0)) )
    {
        fputs("usage: shm list | fill|check REGION address|constant SEED [BASE] |"
              " unaligned REGION | private ID\n", stderr);
        return 2;
    }
    region = open_region(argv[2]);
    if ( has_pattern )
    {
        pattern.kind = argv[3];
        pattern.seed = strtoull(argv[4], NULL, 0);
        pattern.base = argc == 6 ? strtoull(argv[5], NULL, 0) : 0;
    }
    if ( strcmp(verb, "fill") == 0 )
        fill(&region, &pattern);
    else if ( strcmp(verb, "check") == 0 )
        check(&region, &pattern);
    else
        try_unaligned(stdout, region.words);
    return 0;
}
