/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SBSA UART that Xen emulates (xen/arch/arm/vpl011.c), by polling; each access traps. Without
 * one, hypercall console_io, from which only dom0 gets input (xen/drivers/char/console.c).
 */

#include "console.h"
#include "arch.h"
#include "cpu.h"
#include "machine.h"
#include "mmu.h"
#include "xen.h"

#define UART_DR      0x00
#define UART_FR      0x18
#define UART_FR_RXFE (1U << 4)
#define UART_FR_TXFF (1U << 5)

static uint64_t uart;

void console_init(void)
{
    if ( machine.uart.size != 0 && mmu_map_device(machine.uart.base, machine.uart.size) )
        uart = machine.uart.base;
}

void console_write(const char *text, size_t length)
{
    if ( uart == 0 )
    {
        hypercall(XEN_CONSOLE_IO, XEN_CONSOLE_IO_WRITE, length, (uint64_t)text, 0, 0);
        return;
    }
    for ( ; length > 0; length--, text++ )
    {
        while ( load32(uart + UART_FR) & UART_FR_TXFF )
            yield();
        store32(uart + UART_DR, (unsigned char)*text);
    }
}

int console_read(void)
{
    if ( uart == 0 )
    {
        uint8_t byte = 0;

        if ( hypercall(XEN_CONSOLE_IO, XEN_CONSOLE_IO_READ, 1, (uint64_t)&byte, 0, 0) != 1 )
            return -1;
        return byte;
    }
    if ( load32(uart + UART_FR) & UART_FR_RXFE )
        return -1;
    return load32(uart + UART_DR) & 0xff;
}
