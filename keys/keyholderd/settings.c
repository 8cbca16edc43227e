// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/settings.h"

#include <stddef.h>

#include "base/config.h"
#include "proto/limits.h"

#define AT(field) offsetof(struct settings, field)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct config_key keys[] = {
    {"listen", CONFIG_TEXT, AT(listen), NULL, 0, 0,
     "Address and port, such as 127.0.0.1:8443; port 0: the system chooses."},
    {"ca", CONFIG_PATH, AT(ca), NULL, 0, 0, "The scheme's CA certificate, PEM."},
    {"certificate", CONFIG_PATH, AT(certificate), NULL, 0, 0, "This key holder's certificate, PEM."},
    {"key", CONFIG_PATH, AT(key), NULL, 0, 0, "Its private key, PEM, readable by this user alone."},
    {"trust", CONFIG_PATH, AT(trust), NULL, 0, 0, "The trust file: verifier keys of authority and holders."},
    {"descriptor", CONFIG_PATH, AT(descriptor), NULL, 0, 0, "The signed scheme descriptor."},
    {"roster", CONFIG_PATH, AT(roster), NULL, 0, 0, "The signed roster."},
    {"deny", CONFIG_PATH, AT(deny), "", 0, 0, "The local deny list: one identity or key a line. Absent: none."},
    {"share", CONFIG_PATH, AT(share), NULL, 0, 0, "The sealed share of the token key."},
    {"passphrase_file", CONFIG_PATH, AT(passphrase_file), "", 0, 0,
     "The share's passphrase, readable by this user alone. Absent: asked at the terminal."},
    {"workers", CONFIG_NUMBER, AT(workers), "2", 1, 64, "Network threads; each evaluates, so one for each processor."},
    {"max_connections", CONFIG_NUMBER, AT(max_connections), "10000", 1, 1000000, "Open connections in all."},
    {"handshake_timeout_ms", CONFIG_NUMBER, AT(handshake_timeout_ms), "10000", 10, 600000,
     "Milliseconds from connect to the end of the TLS handshake."},
    {"request_timeout_ms", CONFIG_NUMBER, AT(request_timeout_ms), "15000", 10, 600000,
     "Milliseconds from a request's first byte to its last."},
    {"idle_timeout_ms", CONFIG_NUMBER, AT(idle_timeout_ms), "120000", 10, 3600000,
     "Milliseconds that a connection may rest between requests."},
    {"write_timeout_ms", CONFIG_NUMBER, AT(write_timeout_ms), "30000", 10, 600000,
     "Milliseconds for a client to take a reply."},
    {"stop_grace_ms", CONFIG_NUMBER, AT(stop_grace_ms), "10000", 0, 600000,
     "Milliseconds that a stop waits for requests in hand."},
};

err_t settings_load(const char *path, struct settings *out) {
    struct settings settings = {0};
    err_t err = config_load(path, keys, COUNT(keys), &settings);
    if (err != OK) {
        settings_free(&settings);
        return err;
    }
    *out = settings;
    return OK;
}

void settings_free(struct settings *settings) {
    config_free(keys, COUNT(keys), settings);
}

void settings_help(FILE *out) {
    config_help(out, keys, COUNT(keys));
}

struct http_settings settings_http(const struct settings *settings) {
    return (struct http_settings){
        .listen = settings->listen,
        .workers = settings->workers,
        .max_connections = settings->max_connections,
        .handshake_timeout_ms = settings->handshake_timeout_ms,
        .request_timeout_ms = settings->request_timeout_ms,
        .idle_timeout_ms = settings->idle_timeout_ms,
        .write_timeout_ms = settings->write_timeout_ms,
        .max_body = MAX_BODY,
    };
}

struct tls_files settings_tls(const struct settings *settings) {
    return (struct tls_files){.ca = settings->ca, .certificate = settings->certificate, .key = settings->key};
}
