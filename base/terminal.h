// SPDX-License-Identifier: Apache-2.0
// A question on the controlling terminal whose answer is not shown. One thread; signal handlers are borrowed while it
// waits.
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

// Asks on /dev/tty, whatever standard input is, and reads one line of at most `max` bytes, without its newline, into
// locked memory: secret_free it. A signal that ends the program restores the terminal first. ERR_UNAVAILABLE where
// there is no terminal or no answer; ERR_TOO_LARGE.
err_t terminal_ask_hidden(const char *prompt, size_t max, uint8_t **out, size_t *out_len);

#endif
