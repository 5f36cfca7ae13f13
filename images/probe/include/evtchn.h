/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels, by polling, and their interrupt. */
#ifndef EVTCHN_H
#define EVTCHN_H

#include "types.h"

/* Maps shared_info, once; Xen's result, and where it is. */
long evtchn_init(uint64_t *gpa);
/* Maps shared_info at a place of the caller's choice, over what is there; Xen's result. */
long evtchn_map_shared_info(uint64_t gpa);
bool evtchn_ready(void);
/* Xen's result. */
long evtchn_send(uint32_t port);
bool evtchn_pending(uint32_t port);
void evtchn_clear(uint32_t port);
/* Lets the next signal interrupt this vCPU, which is vCPU 0; false if Xen told of no interrupt. */
bool evtchn_listen(void);
/* Whether that interrupt has come. */
bool evtchn_interrupted(void);

#endif
