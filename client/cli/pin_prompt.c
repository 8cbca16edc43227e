// SPDX-License-Identifier: Apache-2.0
#include "client/cli/pin_prompt.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/terminal.h"

err_t pin_prompt(void *ctx, const struct card_question *question, char *out, size_t size) {
    (void)ctx;
    char prompt[256];
    const char *before = question->again ? "That PIN is wrong. " : "";
    const char *warning = question->last_try ? "Another wrong one locks the card. " : "";
    if (question->on_reader) {
        fprintf(stderr, "%s%sType the PIN of the card \"%s\" on the reader's own keys.\n", before, warning,
                question->label);
        return OK;
    }
    snprintf(prompt, sizeof prompt, "%s%sPIN of the card \"%s\": ", before, warning, question->label);
    uint8_t *typed = NULL;
    size_t len = 0;
    err_t err = terminal_ask_hidden(prompt, size - 1, &typed, &len);
    if (err == OK && memchr(typed, '\0', len) != NULL) {
        err = err_set(ERR_INPUT, "a PIN is text");
    }
    if (err == OK) {
        memcpy(out, typed, len);
        memset(out + len, 0, size - len);
    }
    secret_free(typed);
    return err;
}
