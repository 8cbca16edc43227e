// SPDX-License-Identifier: Apache-2.0
// Who is asked for the PIN of a smartcard, for the whole process: a person at the terminal, or a function of the
// program that uses the library. Set before the first session is opened.
#ifndef CLIENT_PIN_H
#define CLIENT_PIN_H

#include "proto/card.h"

void pin_ask_by(struct card_pin asker);
struct card_pin pin_asker(void); // nobody, where none was set

#endif
