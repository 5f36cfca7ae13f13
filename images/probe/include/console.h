/* SPDX-License-Identifier: Apache-2.0 */
/* Records to the console, and bytes from it. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "types.h"

/* console.c: the vPL011, or Xen's console_io where there is none. */
void console_init(void);
void console_write(const char *text, size_t length);
/* The next received byte, or -1. */
int console_read(void);

/* record.c */
void record(const char *kind, const char *payload, size_t length);
void record_text(const char *kind, const char *payload);
/* The same from a vCPU that will not go on: does not wait for ever for the console. */
void record_last(const char *kind, const char *payload, size_t length);
/* A reply to a console command: `<sequence>/<part>/<parts> <text>`, each in a record. */
void record_reply(const char *sequence, const char *text, size_t length);
void record_mute(void);

/* console-commands.c: takes what has come in and runs whole commands. True if a byte came. */
bool console_poll(void);

#endif
