/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_H
#define TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define NOINIT         __attribute__((section(".noinit")))
#define ALIGNED(bytes) __attribute__((aligned(bytes)))

#define PAGE_SIZE 0x1000UL
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define LINE_SIZE 64UL

#endif
