// SPDX-License-Identifier: Apache-2.0
// The PIN of a smartcard, asked for on the terminal and not shown.
#ifndef CLIENT_CLI_PIN_PROMPT_H
#define CLIENT_CLI_PIN_PROMPT_H

#include "proto/card.h"

// As card_pin has it.
err_t pin_prompt(void *ctx, const struct card_question *question, char *out, size_t size);

#endif
