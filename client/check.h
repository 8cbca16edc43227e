// SPDX-License-Identifier: Apache-2.0
// Looks at everything that an answer depends on. Nothing about a child is asked: the canaries are the scheme's own.
#ifndef CLIENT_CHECK_H
#define CLIENT_CHECK_H

#include "base/clock.h"
#include "client/check_report.h"
#include "client/config.h"
#include "client/transport.h"
#include "keys/descriptor.h"

// The whole: this machine's files, then the network where the files can be used.
void check_run(const struct client_config *config, const struct wall_clock *clock, struct check_report *report);

// Only clock, holders, index, roster and canaries, over a transport that is given (tests).
void check_network(const struct descriptor *descriptor, struct transport transport, const struct wall_clock *clock,
                   struct check_report *report);

#endif
