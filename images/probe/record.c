/* SPDX-License-Identifier: Apache-2.0 */
/* Records: `@xp <run> <sequence> <kind> <payload> *<crc32>`. Split at words when too long. */

#include "console.h"
#include "cpu.h"
#include "machine.h"
#include "text.h"

#define CHECKSUM_LENGTH 10 /* " *" and eight digits */

static struct lock lock;
static uint32_t sequence;
static bool muted;

/* Room for a payload of this kind in one record. */
static size_t payload_room(const char *kind)
{
    return RECORD_SIZE - CHECKSUM_LENGTH - text_length(RECORD_TAG) - 1 - text_length(machine.run) -
           1 - 4 - 1 - text_length(kind) - 1;
}

static void write_record(const char *kind, const char *payload, size_t length)
{
    char buffer[RECORD_SIZE + 1];
    struct text text;
    uint32_t crc;

    text_begin(&text, buffer, sizeof(buffer));
    text_put(&text, RECORD_TAG " ");
    text_put(&text, machine.run);
    text_put_char(&text, ' ');
    text_put_digits(&text, sequence++ & 0xffff, 4);
    text_put_char(&text, ' ');
    text_put(&text, kind);
    text_put_char(&text, ' ');
    text_put_bytes(&text, payload, length);
    crc = crc32(text.at, text.length);
    text_put(&text, " *");
    text_put_digits(&text, crc, 8);
    text_put_char(&text, '\n');
    console_write(text.at, text.length);
}

/* Writes with the lock held. */
static void write_records(const char *kind, const char *payload, size_t length)
{
    size_t room = payload_room(kind);

    if ( muted )
        return;
    while ( length > room )
    {
        size_t cut = room;

        while ( cut > 0 && payload[cut] != ' ' )
            cut--;
        if ( cut == 0 )
            cut = room;
        write_record(kind, payload, cut);
        payload += cut;
        length -= cut;
        if ( length > 0 && *payload == ' ' )
        {
            payload++;
            length--;
        }
    }
    write_record(kind, payload, length);
}

void record(const char *kind, const char *payload, size_t length)
{
    lock_take(&lock);
    write_records(kind, payload, length);
    lock_release(&lock);
}

void record_text(const char *kind, const char *payload)
{
    record(kind, payload, text_length(payload));
}

void record_last(const char *kind, const char *payload, size_t length)
{
    lock_take_or_break(&lock);
    write_records(kind, payload, length);
    lock_release(&lock);
}

void record_reply(const char *number, const char *reply, size_t length)
{
    char buffer[RECORD_SIZE];
    size_t overhead = text_length(number) + 7; /* "/pp/pp " */
    size_t room = payload_room("reply") - overhead;
    size_t parts = length == 0 ? 1 : (length + room - 1) / room;
    size_t part;

    lock_take(&lock);
    for ( part = 0; part < parts && !muted; part++ )
    {
        struct text text;
        size_t left = length - part * room;

        text_begin(&text, buffer, sizeof(buffer));
        text_put(&text, number);
        text_put_char(&text, '/');
        text_put_digits(&text, part + 1, 1);
        text_put_char(&text, '/');
        text_put_digits(&text, parts, 1);
        text_put_char(&text, ' ');
        text_put_bytes(&text, reply + part * room, left < room ? left : room);
        write_record("reply", text.at, text.length);
    }
    lock_release(&lock);
}

void record_mute(void)
{
    muted = true;
}
