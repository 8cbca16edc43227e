// SPDX-License-Identifier: Apache-2.0
// The configuration file of indexd, which indexctl reads as well.
#ifndef INDEXD_SETTINGS_H
#define INDEXD_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "indexd/engine.h"
#include "keys/descriptor.h"
#include "proto/access.h"
#include "proto/http_server.h"
#include "proto/tls.h"

struct settings {
    char *listen;
    char *ca, *certificate, *key;
    char *trust, *descriptor, *roster, *deny;
    char *store, *control;
    int64_t workers, max_connections;
    int64_t handshake_timeout_ms, request_timeout_ms, idle_timeout_ms, write_timeout_ms, stop_grace_ms;
    int64_t map_size_gib, batch_children;
    int64_t feed_fresh_days;
};

// ERR_INPUT, ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
err_t settings_load(const char *path, struct settings *out);
void settings_free(struct settings *settings);
void settings_help(FILE *out);

// The same settings as the modules take them; they borrow the texts.
struct engine_settings settings_engine(const struct settings *settings);
struct http_settings settings_http(const struct settings *settings);
struct tls_files settings_tls(const struct settings *settings);

// Loads trust and descriptor. ERR_SIGNATURE, ERR_EXPIRED, ERR_INPUT, ERR_IO.
err_t settings_scheme(const struct settings *settings, int64_t now_s, struct trust *out_trust,
                      struct descriptor *out_descriptor);

#endif
