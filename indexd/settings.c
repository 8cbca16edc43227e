// SPDX-License-Identifier: Apache-2.0
#include "indexd/settings.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/config.h"
#include "proto/limits.h"

#define AT(field) offsetof(struct settings, field)
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct config_key keys[] = {
    {"listen", CONFIG_TEXT, AT(listen), NULL, 0, 0,
     "Address and port, such as 127.0.0.1:8443; port 0: the system chooses."},
    {"ca", CONFIG_PATH, AT(ca), NULL, 0, 0, "The scheme's CA certificate, PEM."},
    {"certificate", CONFIG_PATH, AT(certificate), NULL, 0, 0, "This index's certificate, PEM."},
    {"key", CONFIG_PATH, AT(key), NULL, 0, 0, "Its private key, PEM, readable by this user alone."},
    {"trust", CONFIG_PATH, AT(trust), NULL, 0, 0, "The trust file: verifier keys of authority and holders."},
    {"descriptor", CONFIG_PATH, AT(descriptor), NULL, 0, 0, "The signed scheme descriptor."},
    {"roster", CONFIG_PATH, AT(roster), NULL, 0, 0, "The signed roster."},
    {"deny", CONFIG_PATH, AT(deny), NULL, 0, 0, "The local deny list, which indexctl deny appends to."},
    {"store", CONFIG_PATH, AT(store), NULL, 0, 0, "The folder that indexctl init makes: journal, database, pepper."},
    {"control", CONFIG_PATH, AT(control), NULL, 0, 0, "The Unix socket for indexctl."},
    {"workers", CONFIG_NUMBER, AT(workers), "2", 1, 64, "Network threads."},
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
    {"map_size_gib", CONFIG_NUMBER, AT(map_size_gib), "64", 1, 4096,
     "Size of the database map in GiB: address space, and the most that the database can grow to."},
    {"batch_children", CONFIG_NUMBER, AT(batch_children), "4096", 1, 65536,
     "Children decided together before one write to disk."},
    {"feed_fresh_days", CONFIG_NUMBER, AT(feed_fresh_days), "7", 1, 366,
     "Days after which an agency's feed no longer counts as up to date."},
};

err_t settings_load(const char *path, struct settings *out) {
    *out = (struct settings){0};
    err_t err = config_load(path, keys, COUNT(keys), out);
    if (err) {
        settings_free(out);
    }
    return err;
}

void settings_free(struct settings *settings) {
    config_free(keys, COUNT(keys), settings);
}

void settings_help(FILE *out) {
    config_help(out, keys, COUNT(keys));
}

struct engine_settings settings_engine(const struct settings *settings) {
    return (struct engine_settings){
        .store = settings->store,
        .map_size = settings->map_size_gib << 30,
        .batch_max = settings->batch_children,
        .clock = &clock_system,
    };
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

err_t settings_scheme(const struct settings *settings, int64_t now_s, struct trust *out_trust,
                      struct descriptor *out_descriptor) {
    err_t err = trust_load(settings->trust, out_trust);
    if (err) {
        return err;
    }
    return descriptor_load(settings->descriptor, out_trust, now_s, out_descriptor);
}
