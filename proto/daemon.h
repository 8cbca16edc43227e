// SPDX-License-Identifier: Apache-2.0
// What both daemons do in the same way: the configuration of their server, start-up in a straight line, the main thread
// that waits for signals, reload by parts, and a graceful stop.
#ifndef PROTO_DAEMON_H
#define PROTO_DAEMON_H

#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/confine.h"
#include "base/err.h"
#include "proto/http_server.h"
#include "proto/metrics.h"
#include "proto/tls.h"

// The first member, named `server`, of each daemon's settings.
struct daemon_settings {
    char *user; // NULL: as it was started
    char *listen;
    char *ca, *certificate, *key;
    char *trust, *descriptor, *roster, *deny;
    char *metrics; // NULL: none
    int64_t workers, max_connections;
    int64_t handshake_timeout_ms, request_timeout_ms, idle_timeout_ms, write_timeout_ms, stop_grace_ms;
};

// Its rows in a daemon's configuration table, for a `struct settings`.
#define DAEMON_AT(field) offsetof(struct settings, server.field)
// clang-format off
#define DAEMON_KEYS                                                                                                    \
    {"user", CONFIG_TEXT, DAEMON_AT(user), "", 0, 0,                                                                   \
     "The user that the daemon becomes when root starts it. Absent: it stays the one that started it."},               \
    {"listen", CONFIG_TEXT, DAEMON_AT(listen), NULL, 0, 0,                                                             \
     "Address and port, such as 127.0.0.1:8443; port 0: the system chooses."},                                         \
    {"ca", CONFIG_PATH, DAEMON_AT(ca), NULL, 0, 0, "The scheme's CA certificate, PEM."},                               \
    {"certificate", CONFIG_PATH, DAEMON_AT(certificate), NULL, 0, 0, "This daemon's certificate, PEM."},               \
    {"key", CONFIG_PATH, DAEMON_AT(key), NULL, 0, 0, "Its private key, PEM, readable by this user alone."},            \
    {"trust", CONFIG_PATH, DAEMON_AT(trust), NULL, 0, 0, "The trust file: verifier keys of authority and holders."},   \
    {"descriptor", CONFIG_PATH, DAEMON_AT(descriptor), NULL, 0, 0, "The signed scheme descriptor."},                   \
    {"roster", CONFIG_PATH, DAEMON_AT(roster), NULL, 0, 0, "The signed roster."},                                      \
    {"deny", CONFIG_PATH, DAEMON_AT(deny), "", 0, 0, "The local deny list: one identity or key a line. Absent: none."}, \
    {"metrics", CONFIG_TEXT, DAEMON_AT(metrics), "", 0, 0,                                                             \
     "Loopback address and port for GET /metrics in plain HTTP, such as 127.0.0.1:9443. Absent: none."},               \
    {"workers", CONFIG_NUMBER, DAEMON_AT(workers), "2", 1, 64, "Network threads."},                                    \
    {"max_connections", CONFIG_NUMBER, DAEMON_AT(max_connections), "10000", 1, 1000000, "Open connections in all."},   \
    {"handshake_timeout_ms", CONFIG_NUMBER, DAEMON_AT(handshake_timeout_ms), "10000", 10, 600000,                      \
     "Milliseconds from connect to the end of the TLS handshake."},                                                    \
    {"request_timeout_ms", CONFIG_NUMBER, DAEMON_AT(request_timeout_ms), "15000", 10, 600000,                          \
     "Milliseconds from a request's first byte to its last."},                                                         \
    {"idle_timeout_ms", CONFIG_NUMBER, DAEMON_AT(idle_timeout_ms), "120000", 10, 3600000,                              \
     "Milliseconds that a connection may rest between requests."},                                                     \
    {"write_timeout_ms", CONFIG_NUMBER, DAEMON_AT(write_timeout_ms), "30000", 10, 600000,                              \
     "Milliseconds for a client to take a reply."},                                                                    \
    {"stop_grace_ms", CONFIG_NUMBER, DAEMON_AT(stop_grace_ms), "10000", 0, 600000,                                     \
     "Milliseconds that a stop waits for requests in hand."}
// clang-format on

// A path of its settings that the daemon still needs once it serves: all else is out of its reach (base/confine.h).
struct daemon_path {
    size_t offset; // of the char * in the daemon's settings
    enum confine_access access;
};
#define DAEMON_PATHS                                                                                                   \
    {DAEMON_AT(ca), CONFINE_READ}, {DAEMON_AT(certificate), CONFINE_READ}, {DAEMON_AT(key), CONFINE_READ},             \
        {DAEMON_AT(trust), CONFINE_READ}, {DAEMON_AT(descriptor), CONFINE_READ}, {                                     \
        DAEMON_AT(roster), CONFINE_READ                                                                                \
    }

// The same settings as the server takes them; they borrow the texts.
struct http_settings daemon_http(const struct daemon_settings *settings);
struct tls_files daemon_tls(const struct daemon_settings *settings);

struct daemon_reload { // taken or refused for itself: a bad new file never takes away the old one
    const char *what;
    err_t (*run)(void *state);
};

struct daemon {
    const char *program, *purpose;
    const char *signals; // what the signals do, for the help
    const struct config_key *keys;
    size_t key_count;
    const struct daemon_path *paths;
    size_t path_count;
    unsigned calls;       // groups of base/confine.h that it makes once it serves
    bool confine_to_open; // files are given up before `open`, whose threads inherit it; otherwise after it
    void *settings;       // a zeroed struct that begins with struct daemon_settings
    // Makes what the routes work on; called with the settings loaded. `*out_state` may be set on failure as well, and
    // is then closed like any other.
    err_t (*open)(const void *settings, void **out_state);
    void (*close)(void *state); // after the last request; NULL is harmless
    // Whether the certificate suits this daemon, or NULL; asked before a new one is taken.
    err_t (*check_certificate)(void *state);
    void (*housekeep)(void *state);      // once a minute
    const struct daemon_reload *reloads; // beside the certificate
    size_t reload_count;
    const struct metric_row *metrics; // of a struct of figures that begins with struct daemon_figures
    size_t metric_count, figures_size;
    void (*measure)(void *state, void *figures); // fills what is the daemon's own, zeroed before; any thread
    const struct http_route *routes;
    size_t route_count;
};

// Gives up every file but those of `paths`. For daemon_main, and for tests of what is left.
err_t daemon_confine_files(const struct daemon *daemon);

// The whole of main(): reads the command line (--config FILE, --help, --help-config), starts, prints "ready PORT" on
// standard output, waits for signals, stops. Returns 0 after a stop by signal and 2 when it could not start.
int daemon_main(int argc, char **argv, const struct daemon *daemon);

#endif
