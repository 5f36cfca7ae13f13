#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A pseudo-terminal that behaves as the port of a serial adapter.

pseudo-terminal.py LINK

Standard input goes to whoever has the terminal open, what they write goes to standard output. LINK
leads to the terminal. As with a port, bytes that come while nobody has it open are lost, and so are
bytes for a reader that does not read. Ends, and takes LINK away, when standard input ends.
"""

import errno
import os
import select
import sys
import tty

# How often to look whether somebody has opened the terminal: the kernel does not tell.
IDLE_MS = 5
CHUNK = 65536


def replace_link(link, target):
    fresh = "%s.%d" % (link, os.getpid())
    os.symlink(target, fresh)
    os.replace(fresh, link)


def remove_link(link, target):
    try:
        if os.readlink(link) == target:
            os.unlink(link)
    except OSError:
        pass


def look(master):
    """Whether anybody has the other end, and whether something of theirs is there: pty(7).

    With nobody there, the kernel reports a hang-up; what they wrote before they went is kept.
    """
    poller = select.poll()
    poller.register(master, select.POLLIN)
    events = dict(poller.poll(0)).get(master, 0)
    return not events & select.POLLHUP, bool(events & select.POLLIN)


def read_master(master):
    """What was written to the terminal; nothing once its last user has gone."""
    try:
        return os.read(master, CHUNK)
    except OSError as error:
        if error.errno in (errno.EIO, errno.EAGAIN):
            return b""
        raise


def write_master(master, data):
    """As much as the terminal takes; a port's buffer overruns likewise."""
    try:
        os.write(master, data)
    except BlockingIOError:
        pass
    except OSError as error:
        if error.errno != errno.EIO:
            raise


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


def carry(master):
    while True:
        there, data_left = look(master)
        if data_left:
            write_all(1, read_master(master))
        poller = select.poll()
        poller.register(0, select.POLLIN)
        if there:
            poller.register(master, select.POLLIN)
        for fd, _ in poller.poll(None if there else IDLE_MS):
            if fd == master:
                continue
            data = os.read(0, CHUNK)
            if not data:
                return
            if there:
                write_master(master, data)


def main(link):
    master, slave = os.openpty()
    # Nothing is echoed or translated unless who opens it says so.
    tty.setraw(slave)
    target = os.ttyname(slave)
    os.close(slave)
    os.set_blocking(master, False)
    replace_link(link, target)
    write_all(1, b"\n")  # It can be opened now.
    try:
        carry(master)
    finally:
        remove_link(link, target)


if __name__ == "__main__":
    main(sys.argv[1])
