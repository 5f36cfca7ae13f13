/* SPDX-License-Identifier: Apache-2.0 */
/* Commands from the console: `@xc <run> <sequence> <attempt> <text> *<crc32>`. */

#include "commands.h"
#include "console.h"
#include "machine.h"
#include "text.h"

#define LINE_ROOM (MAILBOX_REQUEST_TEXT_SIZE + 64)

static char line[LINE_ROOM + 1];
static size_t line_length;
static bool too_long;

/* The last command's number and reply, for a host that missed it. vCPU 0's own is the mailbox's. */
static uint64_t last_sequence;
static struct text last_reply;
static char reply_room[MAILBOX_RESPONSE_TEXT_SIZE];

static bool checksum_holds(size_t length)
{
    uint64_t crc;

    /* " *" and eight digits at the end */
    if ( length < 10 || line[length - 10] != ' ' || line[length - 9] != '*' )
        return false;
    line[length] = '\0';
    if ( !parse_hex(line + length - 8, &crc) || crc32(line, length - 10) != crc )
        return false;
    line[length - 10] = '\0';
    return true;
}

/* Cuts the word at *at off, and moves *at behind it. */
static char *next_word(char **at)
{
    char *word = *at;

    while ( **at != '\0' && **at != ' ' )
        (*at)++;
    if ( **at == ' ' )
        *(*at)++ = '\0';
    return word;
}

/*
 * Tells the host how many characters of a line are here, so that it types on:
 * `<sequence> <attempt> <characters>`. Nothing is told of a line that does not begin as it has to.
 */
static void acknowledge(const char *number, const char *attempt, size_t characters)
{
    char buffer[RECORD_SIZE];
    struct text text;

    text_begin(&text, buffer, sizeof(buffer));
    text_put(&text, number);
    text_put_char(&text, ' ');
    text_put(&text, attempt);
    text_put_char(&text, ' ');
    text_put_digits(&text, characters, 1);
    record("ack", text.at, text.length);
}

/* Takes a piece of a line that goes on: the first holds the numbers of command and attempt. */
static void take_piece(void)
{
    char start[PIECE_SIZE + 1];
    char *at = start, *tag, *run, *number, *attempt;

    memcpy(start, line, PIECE_SIZE);
    start[PIECE_SIZE] = '\0';
    tag = next_word(&at);
    run = next_word(&at);
    number = next_word(&at);
    attempt = next_word(&at);
    if ( text_equal(tag, COMMAND_TAG) && text_equal(run, machine.run) )
        acknowledge(number, attempt, line_length);
}

static void run_line(size_t length)
{
    char *at = line, *run, *number, *attempt;
    after_reply after = NULL;
    uint64_t sequence;

    line[length] = '\0';
    if ( !text_starts(line, COMMAND_TAG " ") )
        return;
    if ( too_long || !checksum_holds(length) )
    {
        record_text("note", "console command ignored: its length or checksum is wrong");
        return;
    }
    next_word(&at);
    run = next_word(&at);
    number = next_word(&at);
    attempt = next_word(&at);
    if ( !text_equal(run, machine.run) || !parse_hex(number, &sequence) )
    {
        record_text("note", "console command ignored: it is of another run");
        return;
    }
    if ( text_length(number) > 8 || text_length(attempt) > 8 ||
         text_length(at) > MAILBOX_REQUEST_TEXT_SIZE )
        return;
    acknowledge(number, attempt, length + 1);
    /* Sequence numbers begin at 1. A number that comes again is answered again, and not run. */
    if ( sequence != last_sequence )
    {
        last_sequence = sequence;
        text_begin(&last_reply, reply_room, sizeof(reply_room));
        after = command_run(this_cpu(), at, &last_reply);
    }
    record_reply(number, last_reply.at, last_reply.length);
    if ( after != NULL )
        after();
}

bool console_poll(void)
{
    int byte = console_read();

    if ( byte < 0 )
        return false;
    for ( ; byte >= 0; byte = console_read() )
        if ( byte == '\n' || byte == '\r' )
        {
            run_line(line_length);
            line_length = 0;
            too_long = false;
        }
        else if ( line_length < LINE_ROOM )
        {
            line[line_length++] = (char)byte;
            if ( line_length % PIECE_SIZE == 0 )
                take_piece();
        }
        else
            too_long = true;
    return true;
}
