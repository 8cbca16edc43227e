// SPDX-License-Identifier: Apache-2.0
#include "client/pin.h"

static struct card_pin present;

void pin_ask_by(struct card_pin asker) {
    present = asker;
}

struct card_pin pin_asker(void) {
    return present;
}
