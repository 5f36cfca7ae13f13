/* SPDX-License-Identifier: Apache-2.0 */
/* Time, and sleeping until it passes. */
#ifndef TIMER_H
#define TIMER_H

#include "types.h"

/* How often a loop looks before it sleeps between looks. */
#define WAIT_SPINS    200
#define WAIT_SLEEP_US 50
/* When a command's wait gives up. */
#define WAIT_LIMIT_MS 20000

uint64_t timer_now(void);
uint64_t timer_ticks(uint64_t us);
/* Gives up the CPU for about that long; may return early. */
void timer_doze(uint64_t us);
/* Does not return early. */
void timer_sleep(uint64_t us);

/* A wait for something that another CPU does. */
struct wait
{
    uint64_t deadline;
    unsigned int spins;
};

void wait_begin(struct wait *wait, uint64_t limit_ms);
/* To be called after each look; false when the time is over. */
bool wait_more(struct wait *wait);

/* gic.c: lets the virtual timer's interrupt wake this vCPU; false when there is no GIC. */
bool gic_init_cpu(void);
/* Takes what is pending off the interrupt controller, and notes it. */
void gic_acknowledge(void);
/* Lets a PPI come to this vCPU. */
void gic_enable(unsigned int ppi);
/* Whether an SGI or PPI was acknowledged since it was last forgotten. */
bool gic_seen(unsigned int id);
void gic_forget(unsigned int id);

#endif
