/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a static event channel (xen,evtchn-v1), for whoever is at the far end of a pipe:
 *
 *   event-channel PORT
 *
 * binds the port by /dev/xen/evtchn, says `bound`, and answers a line for each line that it reads:
 *
 *   clear      done: what was signalled until now is forgotten
 *   notify     done: the other end is signalled
 *   wait MS    done once this end is signalled, late if it is not within MS milliseconds
 *
 * Numbers are decimal. It ends when its input does; the channel stays, which Xen made.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * As in Linux' include/uapi/xen/evtchn.h, which Debian's linux-libc-dev need not have with
 * IOCTL_EVTCHN_BIND_STATIC: Linux 6.6 and later.
 */
struct event_channel_port
{
    unsigned int port;
};
#define EVTCHN_NOTIFY      _IOC(_IOC_NONE, 'E', 4, sizeof(struct event_channel_port))
#define EVTCHN_BIND_STATIC _IOC(_IOC_NONE, 'E', 7, sizeof(struct event_channel_port))

static int device;
static uint32_t port;

static void fail(const char *what)
{
    fprintf(stderr, "event-channel: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void bind_port(void)
{
    struct event_channel_port bound = { .port = port };

    device = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
    if ( device < 0 )
        fail("/dev/xen/evtchn");
    if ( ioctl(device, EVTCHN_BIND_STATIC, &bound) < 0 )
        fail(errno == ENOTTY ? "this kernel binds no static port: Linux 6.6 does"
                             : "the port cannot be bound");
}

/* Whether it is signalled within `ms`; then it is taken, and let through again. */
static int take(int ms)
{
    struct pollfd signal = { .fd = device, .events = POLLIN };
    uint32_t signalled;

    if ( poll(&signal, 1, ms) <= 0 )
        return 0;
    if ( read(device, &signalled, sizeof(signalled)) != (ssize_t)sizeof(signalled) )
        fail("what is signalled cannot be read");
    /* The kernel masks a port that it has told of. */
    if ( write(device, &signalled, sizeof(signalled)) != (ssize_t)sizeof(signalled) )
        fail("the port cannot be unmasked");
    return 1;
}

static void notify(void)
{
    struct event_channel_port bound = { .port = port };

    if ( ioctl(device, EVTCHN_NOTIFY, &bound) < 0 )
        fail("the other end cannot be signalled");
}

static const char *obey(const char *line)
{
    int ms;

    if ( strcmp(line, "clear\n") == 0 )
    {
        while ( take(0) )
            ;
        return "done";
    }
    if ( strcmp(line, "notify\n") == 0 )
    {
        notify();
        return "done";
    }
    if ( sscanf(line, "wait %d", &ms) == 1 && ms >= 0 )
        return take(ms) ? "done" : "late";
    return "bad request";
}

int main(int argc, char **argv)
{
    char line[64];
    char *end = "";

    port = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
    if ( port == 0 || *end != '\0' )
    {
        fputs("usage: event-channel PORT\n", stderr);
        return 2;
    }
    bind_port();
    puts("bound");
    fflush(stdout);
    while ( fgets(line, sizeof(line), stdin) != NULL )
    {
        puts(obey(line));
        fflush(stdout);
    }
    return 0;
}
