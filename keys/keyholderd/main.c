// SPDX-License-Identifier: Apache-2.0
// keyholderd: one key holder's daemon. proto/daemon.h starts and stops it; here stands what it is made of.
#include "base/clock.h"
#include "keys/keyholderd/figures.h"
#include "keys/keyholderd/handlers.h"
#include "keys/keyholderd/holder.h"
#include "keys/keyholderd/settings.h"

static err_t open_holder(const void *settings, void **out_state) {
    struct holder *holder = NULL;
    err_t err = holder_open(settings, &clock_system, &holder);
    if (err == OK) {
        *out_state = holder;
    }
    return err;
}

static void close_holder(void *state) {
    holder_free(state);
}

static err_t check_certificate(void *state) {
    return holder_check_certificate(state);
}

static void measure(void *state, void *figures) {
    holder_measure(state, figures);
}

static void housekeep(void *state) {
    holder_tell_of_clock(state);
    holder_end_overlap(state);
    holder_warn_of_expiry(state);
}

static err_t reload_access(void *state) {
    return holder_reload_access(state);
}

static err_t reload_descriptor(void *state) {
    return holder_reload_descriptor(state);
}

int main(int argc, char **argv) {
    static const struct daemon_reload reloads[] = {
        {"roster and deny list", reload_access},
        {"descriptor", reload_descriptor},
    };
    static struct settings settings;
    const struct daemon daemon = {
        .program = "keyholderd",
        .purpose =
            "Evaluates blinded elements with its share of the token key. It never learns whom a question is about.",
        .signals =
            "SIGHUP reloads roster, deny list, descriptor and certificate; SIGTERM stops when the requests in hand "
            "are answered.\nExit codes: 0 stopped as asked, 2 could not start, or stopped at once as nothing could be promised any more.",
        .keys = settings_keys,
        .key_count = settings_key_count,
        .paths = settings_paths,
        .path_count = settings_path_count,
        .calls = settings_calls,
        .settings = &settings,
        .open = open_holder,
        .close = close_holder,
        .check_certificate = check_certificate,
        .housekeep = housekeep,
        .reloads = reloads,
        .reload_count = sizeof reloads / sizeof reloads[0],
        .metrics = figures_rows,
        .metric_count = figures_row_count,
        .figures_size = sizeof(struct figures),
        .measure = measure,
        .routes = handlers_routes,
        .route_count = handlers_route_count,
    };
    return daemon_main(argc, argv, &daemon);
}
