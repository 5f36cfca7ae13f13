/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels, by polling. */
#ifndef EVTCHN_H
#define EVTCHN_H

#include "types.h"

/* Maps shared_info, once; Xen's result, and where it is. */
long evtchn_init(uint64_t *gpa);
bool evtchn_ready(void);
/* Xen's result. */
long evtchn_send(uint32_t port);
bool evtchn_pending(uint32_t port);
void evtchn_clear(uint32_t port);

#endif
