// SPDX-License-Identifier: Apache-2.0
// Alarms before something that fails closed runs out: certificates, the roster, the descriptor.
#ifndef PROTO_EXPIRY_H
#define PROTO_EXPIRY_H

#include <stdbool.h>
#include <stdint.h>

#define EXPIRY_WARN_DAYS 7

// Logs a warning within EXPIRY_WARN_DAYS of `expires_s` and an error from then on; returns whether it did. `what`
// begins the line: "the roster".
bool expiry_warn(const char *what, int64_t expires_s, int64_t now_s);

#endif
