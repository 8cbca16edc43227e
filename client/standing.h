// SPDX-License-Identifier: Apache-2.0
// A session that stands for as long as a program runs. It is opened anew after a failure that another opening may heal,
// and every hour: certificates, descriptor, canaries and what was held against a key holder do not outlive that. Also
// bounds how long one call goes on sending. Used by one thread at a time.
#ifndef CLIENT_STANDING_H
#define CLIENT_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/config.h"
#include "client/outcome.h"
#include "client/session.h"

struct standing {
    bool from_file;
    char *path; // of the configuration file; NULL: where the command looks for it
    struct client_config config;
    struct session *session; // NULL until it is opened, and after an opening that failed
    struct transport inner;  // the session's own
    int64_t opened_us;
    int64_t deadline_ms; // of one call; 0: none
    int64_t deadline_us; // when the present call's ends; 0: never
    bool worn;           // the session is to be opened anew
    uint8_t *handle_key; // of the present session's configuration, once it was needed
};

// `path` as of client_config_load. Nothing is opened yet. ERR_MEMORY.
err_t standing_of_file(const char *path, struct standing **out);
// Takes the configuration, which stays as it is; its texts are freed with the rest.
err_t standing_of_config(const struct client_config *config, struct standing **out);
void standing_free(struct standing *standing);

// Begins a call: its deadline runs from now.
void standing_begin(struct standing *standing);
// standing->session is open and fit for use. *out_fresh: it was opened just now. Errors of client_config_load and
// session_open.
err_t standing_ready(struct standing *standing, bool *out_fresh);
// What a call came to: after a cause that another opening may heal the session is worn.
void standing_note(struct standing *standing, enum cause cause);
// Whether the present call may still send.
bool standing_in_time(const struct standing *standing);

// The agency's key for record handles, owned by `standing`. ERR_INPUT where none is configured; errors of
// handle_key_load.
err_t standing_handle_key(struct standing *standing, const uint8_t **out);

#endif
