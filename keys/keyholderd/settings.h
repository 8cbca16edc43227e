// SPDX-License-Identifier: Apache-2.0
// The key holder's configuration file.
#ifndef KEYS_KEYHOLDERD_SETTINGS_H
#define KEYS_KEYHOLDERD_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "proto/http_server.h"
#include "proto/tls.h"

struct settings { // the help texts stand in the table of settings.c
    char *listen;
    char *ca, *certificate, *key;
    char *trust, *descriptor, *roster;
    char *deny; // NULL: no deny list
    char *share;
    char *passphrase_file; // NULL: asked at the terminal
    int64_t workers, max_connections;
    int64_t handshake_timeout_ms, request_timeout_ms, idle_timeout_ms, write_timeout_ms, stop_grace_ms;
};

err_t settings_load(const char *path, struct settings *out);
void settings_free(struct settings *settings); // harmless on a zeroed struct
void settings_help(FILE *out);

struct http_settings settings_http(const struct settings *settings);
struct tls_files settings_tls(const struct settings *settings);

#endif
