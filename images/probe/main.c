/* SPDX-License-Identifier: Apache-2.0 */
/* What each vCPU does after boot.S. */

#include "cpu.h"
#include "console.h"
#include "machine.h"
#include "mailbox.h"
#include "text.h"
#include "timer.h"

static void announce(void)
{
    const struct range *bank = machine_bank(mailbox_address());
    char buffer[200];
    struct text text;

    text_begin(&text, buffer, sizeof(buffer));
    text_put(&text, "name=");
    text_put(&text, machine.domain);
    text_put_field(&text, "box", mailbox_address());
    text_put_field(&text, "dtb", machine.dtb);
    text_put(&text, " vcpu=0");
    if ( bank != NULL )
    {
        text_put_field(&text, "ram", bank->base);
        text_put_char(&text, '+');
        text_put_hex(&text, bank->size);
    }
    record("ready", text.at, text.length);
}

_Noreturn void probe_main(uint64_t dtb)
{
    cpu_init(0);
    machine_read(dtb);
    console_init();
    gic_init_cpu();
    mailbox_init();
    announce();
    mailbox_serve(this_cpu());
}

_Noreturn void probe_secondary(unsigned int index)
{
    cpu_init(index);
    gic_init_cpu();
    this_cpu()->up = 1;
    mailbox_serve(this_cpu());
}
