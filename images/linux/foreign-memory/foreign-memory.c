/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of another domain, for whoever is at the far end of a pipe:
 *
 *   foreign-memory DOMID GFN PAGES
 *
 * maps so many pages of that domain by /dev/xen/privcmd, which Xen lets dom0 do, says `mapped`, and
 * answers a line for each line that it reads:
 *
 *   ID read OFFSET LENGTH          ID BYTES, in hexadecimal
 *   ID write OFFSET BYTES          ID done; four bytes at once where four are written
 *   ID await OFFSET WORD MS        ID done once the 32-bit word there is WORD, else ID late
 *
 * Numbers are hexadecimal, without 0x. What is awaited keeps nothing else waiting. It ends, and
 * gives the pages back, when its input does.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* As in Linux' include/uapi/xen/privcmd.h, which includes what Debian does not install. */
struct privcmd_mmapbatch_v2
{
    unsigned int num;
    uint16_t dom;
    uint64_t addr;
    const uint64_t *arr;
    int *err;
};
#define IOCTL_PRIVCMD_MMAPBATCH_V2 _IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_mmapbatch_v2))

#define PAGE      0x1000
#define MOST_PAGES 64
/* The longest line: a write of the largest piece. */
#define LINE      0x4000
#define WAITERS   16
/* Looks at what is awaited before it sleeps a millisecond between two. */
#define EAGER_LOOKS 2000

static uint8_t *memory;
static size_t size;

struct waiter
{
    char id[16];
    size_t offset;
    uint32_t word;
    uint64_t until_ms;
    int used;
};

static struct waiter waiters[WAITERS];

static void fail(const char *what)
{
    fprintf(stderr, "foreign-memory: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void map_pages(uint16_t domid, uint64_t gfn, unsigned int pages)
{
    uint64_t frames[MOST_PAGES];
    int errors[MOST_PAGES];
    struct privcmd_mmapbatch_v2 batch = { .num = pages, .dom = domid, .arr = frames,
                                          .err = errors };
    int device = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);

    if ( device < 0 )
        fail("/dev/xen/privcmd");
    size = (size_t)pages * PAGE;
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
    if ( memory == MAP_FAILED )
        fail("mmap");
    for ( unsigned int page = 0; page < pages; page++ )
        frames[page] = gfn + page;
    batch.addr = (uintptr_t)memory;
    if ( ioctl(device, IOCTL_PRIVCMD_MMAPBATCH_V2, &batch) < 0 )
        fail("this domain's pages cannot be mapped");
    for ( unsigned int page = 0; page < pages; page++ )
        if ( errors[page] != 0 )
        {
            errno = -errors[page];
            fail("one of its pages cannot be mapped");
        }
}

static int inside(size_t offset, size_t length)
{
    return offset <= size && length <= size - offset;
}

static uint32_t word_at(size_t offset)
{
    return *(volatile uint32_t *)(memory + offset);
}

static void read_bytes(const char *id, size_t offset, size_t length)
{
    printf("%s ", id);
    __sync_synchronize();
    if ( length == 4 && offset % 4 == 0 )
    {
        uint32_t word = word_at(offset);

        for ( unsigned int shift = 0; shift < 32; shift += 8 )
            printf("%02x", word >> shift & 0xff);
    }
    else
        for ( size_t at = 0; at < length; at++ )
            printf("%02x", memory[offset + at]);
    printf("\n");
}

static int digit(char character)
{
    const char *digits = "0123456789abcdef";
    const char *found = character == '\0' ? NULL : strchr(digits, character);

    return found == NULL ? -1 : (int)(found - digits);
}

/* Undoes hexadecimal in place. Returns how many bytes, or -1. */
static int unhex(char *text)
{
    size_t length = strlen(text);

    if ( length % 2 != 0 )
        return -1;
    for ( size_t at = 0; at < length; at += 2 )
    {
        int high = digit(text[at]), low = digit(text[at + 1]);

        if ( high < 0 || low < 0 )
            return -1;
        text[at / 2] = (char)(high << 4 | low);
    }
    return (int)(length / 2);
}

static void write_bytes(const char *id, size_t offset, char *text)
{
    int length = unhex(text);

    if ( length < 0 || !inside(offset, (size_t)length) )
    {
        printf("%s bad bytes or place\n", id);
        return;
    }
    if ( length == 4 && offset % 4 == 0 )
    {
        uint32_t word;

        memcpy(&word, text, 4);
        __sync_synchronize();
        *(volatile uint32_t *)(memory + offset) = word;
    }
    else
        memcpy(memory + offset, text, (size_t)length);
    __sync_synchronize();
    printf("%s done\n", id);
}

static void await_word(const char *id, size_t offset, uint32_t word, uint64_t ms)
{
    for ( struct waiter *waiter = waiters; waiter < waiters + WAITERS; waiter++ )
    {
        if ( waiter->used )
            continue;
        *waiter = (struct waiter){ .offset = offset, .word = word, .until_ms = now_ms() + ms,
                                   .used = 1 };
        snprintf(waiter->id, sizeof(waiter->id), "%s", id);
        return;
    }
    printf("%s bad: too much is awaited\n", id);
}

/* Answers what has come or is late. Returns how many are left. */
static int look(void)
{
    int left = 0;
    uint64_t now = now_ms();

    __sync_synchronize();
    for ( struct waiter *waiter = waiters; waiter < waiters + WAITERS; waiter++ )
    {
        if ( !waiter->used )
            continue;
        if ( word_at(waiter->offset) == waiter->word )
            printf("%s done\n", waiter->id);
        else if ( now >= waiter->until_ms )
            printf("%s late\n", waiter->id);
        else
        {
            left++;
            continue;
        }
        waiter->used = 0;
    }
    fflush(stdout);
    return left;
}

static void obey(char *line)
{
    char id[16], what[8], rest[LINE];
    unsigned long offset, number;
    unsigned long long ms;

    if ( sscanf(line, "%15s %7s %lx %s", id, what, &offset, rest) != 4 )
        printf("? bad line\n");
    else if ( strcmp(what, "write") == 0 )
        write_bytes(id, offset, rest);
    else if ( strcmp(what, "read") == 0 && sscanf(rest, "%lx", &number) == 1 &&
              inside(offset, number) )
        read_bytes(id, offset, number);
    else if ( strcmp(what, "await") == 0 &&
              sscanf(line, "%*s %*s %*s %lx %llx", &number, &ms) == 2 && offset % 4 == 0 &&
              inside(offset, 4) )
        await_word(id, offset, (uint32_t)number, ms);
    else
        printf("%s bad request\n", id);
}

/* Takes what has come from standard input. Returns 0 at its end. */
static int hear(void)
{
    static char text[LINE];
    static size_t length;
    ssize_t got = read(0, text + length, sizeof(text) - length - 1);
    char *line = text, *end;

    if ( got <= 0 )
        return 0;
    length += (size_t)got;
    text[length] = '\0';
    while ( (end = strchr(line, '\n')) != NULL )
    {
        *end = '\0';
        obey(line);
        line = end + 1;
    }
    length -= (size_t)(line - text);
    memmove(text, line, length);
    return length < sizeof(text) - 1;
}

int main(int argc, char **argv)
{
    unsigned long pages = argc == 4 ? strtoul(argv[3], NULL, 16) : 0;
    unsigned int looks = 0;

    if ( pages == 0 || pages > MOST_PAGES )
    {
        fprintf(stderr, "foreign-memory DOMID GFN PAGES, at most %x pages\n", MOST_PAGES);
        return 2;
    }
    map_pages((uint16_t)strtoul(argv[1], NULL, 16), strtoull(argv[2], NULL, 16), pages);
    printf("mapped\n");
    for ( ;; )
    {
        struct pollfd input = { .fd = 0, .events = POLLIN };
        int waiting = look();

        if ( waiting == 0 )
            looks = 0;
        poll(&input, 1, waiting == 0 ? -1 : looks++ < EAGER_LOOKS ? 0 : 1);
        if ( input.revents != 0 )
        {
            looks = 0;
            if ( !hear() )
                return 0;
        }
    }
}
