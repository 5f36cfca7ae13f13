/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page that one domain grants to another, by /dev/xen/gntalloc and /dev/xen/gntdev:
 *
 *   grant offer DOMID              grants a page to that domain: id=ID ref=REF address=ADDRESS
 *   grant map DOMID REF [ro]       maps what that domain granted: id=ID address=ADDRESS
 *   grant fill ID address|constant SEED
 *   grant check ID address|constant SEED
 *   grant unaligned ID
 *   grant end ID                   gives it up
 *
 * A grant lasts as long as a process that holds it: `offer` and `map` leave one behind, which the
 * others ask by a socket. ADDRESS is the guest address of the page.
 */

#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "words.h"

/* What <xen/gntdev.h> leaves to its user. */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define PAGE 0x1000

static void fail(const char *what)
{
    fprintf(stderr, "grant: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_device(const char *path)
{
    int device = open(path, O_RDWR | O_CLOEXEC);

    if ( device < 0 )
        fail(path);
    return device;
}

/* What one page is held by. */
struct holding
{
    int device;
    /* Of a page that is granted: what the device calls it. 0 for one that is mapped. */
    uint64_t granted;
    volatile uint64_t *words;
};

static void map_page(struct holding *holding, uint64_t offset, int protection)
{
    void *words = mmap(NULL, PAGE, protection, MAP_SHARED, holding->device, offset);

    if ( words == MAP_FAILED )
        fail("mmap");
    holding->words = words;
}

/* Linux, Documentation/admin-guide/mm/pagemap.rst: bits 54:0 are the frame. */
static uint64_t guest_address(const volatile uint64_t *words)
{
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    uint64_t entry = *words;

    if ( pagemap < 0 || pread(pagemap, &entry, 8, (uintptr_t)words / PAGE * 8) != 8 )
        fail("/proc/self/pagemap");
    close(pagemap);
    return (entry & ((1ULL << 55) - 1)) * PAGE;
}

static struct holding offer(unsigned int domid, uint32_t *ref)
{
    struct ioctl_gntalloc_alloc_gref request = {
        .domid = domid, .flags = GNTALLOC_FLAG_WRITABLE, .count = 1
    };
    struct holding holding = { .device = open_device("/dev/xen/gntalloc") };

    if ( ioctl(holding.device, IOCTL_GNTALLOC_ALLOC_GREF, &request) != 0 )
        fail("IOCTL_GNTALLOC_ALLOC_GREF");
    *ref = request.gref_ids[0];
    map_page(&holding, request.index, PROT_READ | PROT_WRITE);
    /* The first index of the device is 0, which is a page's own. */
    holding.granted = request.index + 1;
    return holding;
}

static struct holding map_granted(unsigned int domid, uint32_t ref, int read_only)
{
    struct ioctl_gntdev_map_grant_ref request = {
        .count = 1, .refs = { { .domid = domid, .ref = ref } }
    };
    struct holding holding = { .device = open_device("/dev/xen/gntdev") };

    if ( ioctl(holding.device, IOCTL_GNTDEV_MAP_GRANT_REF, &request) != 0 )
        fail("IOCTL_GNTDEV_MAP_GRANT_REF");
    map_page(&holding, request.index, read_only ? PROT_READ : PROT_READ | PROT_WRITE);
    return holding;
}

static void end(const struct holding *holding, FILE *out)
{
    struct ioctl_gntalloc_dealloc_gref request = { .index = holding->granted - 1, .count = 1 };

    munmap((void *)(uintptr_t)holding->words, PAGE);
    if ( holding->granted != 0 &&
         ioctl(holding->device, IOCTL_GNTALLOC_DEALLOC_GREF, &request) != 0 )
        fprintf(out, "error=%s\n", strerror(errno));
    close(holding->device);
    fputs("ended=1\n", out);
}

/* A name in no file system. */
static int socket_of(const char *id, struct sockaddr_un *address, socklen_t *length)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    *length = offsetof(struct sockaddr_un, sun_path) + 1 +
        snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "grant-%s", id);
    if ( fd < 0 )
        fail("socket");
    return fd;
}

/* Answers a line, and says whether it was the last. */
static int answer(const struct holding *holding, char *line, FILE *out)
{
    const char *verb = strtok(line, " \n");
    const char *kind = strtok(NULL, " \n");
    const char *seed = strtok(NULL, " \n");
    struct pattern pattern = {
        .kind = kind != NULL ? kind : "", .seed = seed != NULL ? strtoull(seed, NULL, 0) : 0
    };

    if ( verb != NULL && strcmp(verb, "fill") == 0 )
    {
        fill_words(holding->words, PAGE, &pattern);
        fprintf(out, "words=%d\n", PAGE / 8);
    }
    else if ( verb != NULL && strcmp(verb, "check") == 0 )
        check_words(out, holding->words, PAGE, &pattern);
    else if ( verb != NULL && strcmp(verb, "unaligned") == 0 )
        try_unaligned(out, holding->words);
    else
    {
        end(holding, out);
        return 1;
    }
    return 0;
}

static void serve(const struct holding *holding, int listener)
{
    char line[128];
    int last = 0;

    while ( !last )
    {
        int connection = accept(listener, NULL, NULL);
        FILE *stream = connection < 0 ? NULL : fdopen(connection, "r+");

        if ( stream == NULL )
            exit(1);
        if ( fgets(line, sizeof(line), stream) != NULL )
        {
            /* From reading to writing. */
            fseek(stream, 0, SEEK_CUR);
            last = answer(holding, line, stream);
        }
        fclose(stream);
    }
    exit(0);
}

/* Leaves a process behind that holds the page, once it can be asked. */
static void hold(const struct holding *holding, const char *facts)
{
    struct sockaddr_un address;
    socklen_t length;
    char id[16];
    int listener;

    snprintf(id, sizeof(id), "%d", getpid());
    listener = socket_of(id, &address, &length);
    if ( bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4) != 0 )
        fail("listen");
    printf("id=%s %saddress=0x%" PRIx64 "\n", id, facts, guest_address(holding->words));
    fflush(stdout);
    /* Both have the page mapped for a moment, so that it stays. */
    if ( fork() != 0 )
        _exit(0);
    setsid();
    if ( freopen("/dev/null", "r+", stdin) == NULL || dup2(0, 1) < 0 || dup2(0, 2) < 0 )
        exit(1);
    serve(holding, listener);
}

static int ask(const char *id, const char *line)
{
    struct sockaddr_un address;
    socklen_t length;
    char reply[256];
    ssize_t size;
    int fd = socket_of(id, &address, &length);

    if ( connect(fd, (struct sockaddr *)&address, length) != 0 )
        fail(id);
    if ( write(fd, line, strlen(line)) < 0 )
        fail("write");
    while ( (size = read(fd, reply, sizeof(reply))) > 0 )
        fwrite(reply, 1, size, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";
    struct holding holding;
    char text[128] = "";
    uint32_t ref;

    if ( argc == 3 && strcmp(verb, "offer") == 0 )
    {
        holding = offer(strtoul(argv[2], NULL, 0), &ref);
        snprintf(text, sizeof(text), "ref=%u ", ref);
        hold(&holding, text);
    }
    if ( (argc == 4 || argc == 5) && strcmp(verb, "map") == 0 )
    {
        holding = map_granted(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), argc == 5);
        hold(&holding, text);
    }
    if ( (argc == 5 && (strcmp(verb, "fill") == 0 || strcmp(verb, "check") == 0) &&
          is_pattern(argv[3])) ||
         (argc == 3 && (strcmp(verb, "unaligned") == 0 || strcmp(verb, "end") == 0)) )
    {
        snprintf(text, sizeof(text), "%s %s %s\n", verb, argc == 5 ? argv[3] : "",
                 argc == 5 ? argv[4] : "");
        return ask(argv[2], text);
    }
    fputs("usage: grant offer DOMID | map DOMID REF [ro] | fill|check ID address|constant SEED |"
          " unaligned|end ID\n", stderr);
    return 2;
}
