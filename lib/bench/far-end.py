# SPDX-License-Identifier: Apache-2.0
"""The far end of a serial line, as a board is: prints a pattern at the rate of a UART.

Arguments: how many bytes, and how many a second at most (0: as fast as the line takes them). The
device's name comes first, on standard output. It begins when a first byte comes, and ends when its
standard input does.
"""

import os
import select
import sys
import threading
import time
import tty

# At this distance bytes are handed out: a UART's FIFO fills about as fast.
TICK_S = 0.001


def pattern(length):
    """Bytes whose place can be told from their neighbours; all 256 values."""
    return bytes((index ^ (index >> 8)) & 0xFF for index in range(length))


def await_reader(master):
    """Returns when whoever has opened the device has written a byte."""
    while True:
        try:
            os.read(master, 1)
            return
        except OSError:  # EIO: nobody has it open.
            time.sleep(TICK_S)


def main():
    length, rate = int(sys.argv[1]), int(sys.argv[2])
    master, slave = os.openpty()
    tty.setraw(slave)
    name = os.ttyname(slave)
    os.close(slave)
    print(name, end="", flush=True)
    data = pattern(length)

    def end_with_input():
        while os.read(0, 65536):
            pass
        os._exit(0)

    threading.Thread(target=end_with_input, daemon=True).start()
    await_reader(master)
    start, sent = time.monotonic(), 0
    while sent < length:
        due = length if rate == 0 else min(length, int((time.monotonic() - start) * rate))
        if due == sent:
            time.sleep(TICK_S)
            continue
        select.select([], [master], [])
        sent += os.write(master, data[sent : min(due, sent + 4096)])
    threading.Event().wait()


main()
