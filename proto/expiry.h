// SPDX-License-Identifier: Apache-2.0
// Alarms before something that fails closed runs out: certificates, the roster, the descriptor.
#ifndef PROTO_EXPIRY_H
#define PROTO_EXPIRY_H

#include <stdbool.h>
#include <stdint.h>

#define EXPIRY_WARN_DAYS 7
#define EXPIRY_URGENT_DAYS 2

enum expiry { EXPIRY_FAR, EXPIRY_WARN, EXPIRY_URGENT, EXPIRY_PAST };
enum expiry expiry_of(int64_t expires_s, int64_t now_s);

// Logs a warning within EXPIRY_WARN_DAYS of `expires_s`, an error within EXPIRY_URGENT_DAYS and from then on; returns
// whether it did. `what` begins the line: "the roster".
bool expiry_warn(const char *what, int64_t expires_s, int64_t now_s);

#endif
