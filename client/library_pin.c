// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"
#include "client/pin.h"
#include "client/signpost.h"

_Static_assert(SIGNPOST_PIN_SIZE == CARD_PIN_MAX + 1, "the program writes where the card reads");

static bool (*program_ask)(void *context, const struct signpost_pin_question *question, char pin[SIGNPOST_PIN_SIZE]);
static void *program_context;

static err_t ask_program(void *ctx, const struct card_question *question, char *out, size_t size) {
    (void)ctx;
    const struct signpost_pin_question outer = {.card = question->label,
                                                .again = question->again,
                                                .last_try = question->last_try,
                                                .on_reader = question->on_reader};
    secret_wipe(out, size);
    bool given = program_ask(program_context, &outer, out);
    out[size - 1] = '\0';
    return given ? OK : err_set(ERR_CARD, "the program gave none");
}

void signpost_set_pin(bool (*ask)(void *context, const struct signpost_pin_question *question,
                                  char pin[SIGNPOST_PIN_SIZE]),
                      void *context) {
    program_ask = ask;
    program_context = context;
    pin_ask_by((struct card_pin){.ask = ask == NULL ? NULL : ask_program});
}
