// SPDX-License-Identifier: Apache-2.0
// A wire-tap: relays one TCP port on 127.0.0.1 to another and keeps what the server sends, as an observer of the
// network sees it.
#ifndef TESTS_SUPPORT_RELAY_H
#define TESTS_SUPPORT_RELAY_H

#include <stddef.h>
#include <stdint.h>

struct relay;

struct relay *relay_start(uint16_t to, uint16_t *out_port); // ends the test by an assertion
void relay_stop(struct relay *relay);

#define RELAY_RECORDS_MAX 64
// The lengths of the TLS records that carry data (type 23), of every connection since the last call, in their order.
// Waits until those connections have ended.
size_t relay_take(struct relay *relay, size_t lengths[RELAY_RECORDS_MAX]);

#endif
