// SPDX-License-Identifier: Apache-2.0
// keyholderd: one key holder's daemon. Start-up in a straight line; the main thread then waits for signals.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"
#include "base/secret.h"
#include "keys/keyholderd/handlers.h"
#include "keys/keyholderd/holder.h"
#include "keys/keyholderd/settings.h"

#define EXIT_NOT_DONE 2
#define HOUSEKEEPING_S 600
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct daemon { // what start() makes and stop() ends, in that order
    struct settings settings;
    struct holder *holder;
    struct http_server *server;
};

static err_t start_server(struct daemon *daemon) {
    const struct tls_files files = settings_tls(&daemon->settings);
    const struct http_settings http = settings_http(&daemon->settings);
    SSL_CTX *context = NULL;
    err_t err = tls_server_context(&files, &context);
    if (err != OK) {
        return err;
    }
    err = http_server_new(&http, context, handlers_routes, handlers_route_count, daemon->holder, &daemon->server);
    SSL_CTX_free(context);
    return err == OK ? http_server_start(daemon->server) : err;
}

static err_t start(struct daemon *daemon, const char *config) {
    err_t err = secret_start();
    if (err == OK) {
        err = secret_forbid_core_dumps();
    }
    if (err == OK) {
        err = settings_load(config, &daemon->settings);
    }
    if (err == OK) {
        err = holder_open(&daemon->settings, &clock_system, &daemon->holder);
    }
    if (err == OK) {
        err = start_server(daemon);
    }
    return err;
}

static void stop(struct daemon *daemon) {
    if (daemon->server != NULL) {
        http_server_stop(daemon->server, daemon->settings.stop_grace_ms);
        http_server_free(daemon->server);
    }
    holder_free(daemon->holder);
    settings_free(&daemon->settings);
}

static err_t reload_access(struct daemon *daemon) {
    return holder_reload_access(daemon->holder);
}

static err_t reload_descriptor(struct daemon *daemon) {
    return holder_reload_descriptor(daemon->holder);
}

static err_t reload_certificate(struct daemon *daemon) {
    const struct tls_files files = settings_tls(&daemon->settings);
    SSL_CTX *context = NULL;
    err_t err = tls_server_context(&files, &context);
    if (err == OK) {
        err = holder_check_certificate(daemon->holder);
    }
    if (err == OK) {
        http_server_set_context(daemon->server, context);
    }
    SSL_CTX_free(context);
    return err;
}

// Each part is taken or refused for itself: a bad new file never takes away the old one.
static void reload(struct daemon *daemon) {
    static const struct {
        const char *what;
        err_t (*run)(struct daemon *daemon);
    } parts[] = {
        {"roster and deny list", reload_access},
        {"descriptor", reload_descriptor},
        {"certificate", reload_certificate},
    };
    for (size_t i = 0; i < COUNT(parts); i++) {
        err_t err = parts[i].run(daemon);
        if (err != OK) {
            log_err(err, "reload: %s: a bad file was left aside and the old stays in force", parts[i].what);
        } else {
            log_line(LOG_NOTICE, "reload: %s", parts[i].what);
        }
    }
}

// Every thread inherits the mask, so that the main thread alone takes these signals.
static void hold_signals(sigset_t *out) {
    sigemptyset(out);
    sigaddset(out, SIGTERM);
    sigaddset(out, SIGINT);
    sigaddset(out, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, out, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void run(struct daemon *daemon, const sigset_t *signals) {
    const struct timespec patience = {.tv_sec = HOUSEKEEPING_S};
    for (;;) {
        holder_warn_of_expiry(daemon->holder);
        const int got = sigtimedwait(signals, NULL, &patience);
        if (got == SIGTERM || got == SIGINT) {
            log_line(LOG_NOTICE, "stopping");
            return;
        }
        if (got == SIGHUP) {
            reload(daemon);
        }
    }
}

static int serve(const char *config) {
    struct daemon daemon = {0};
    sigset_t signals;
    hold_signals(&signals);
    err_t err = start(&daemon, config);
    if (err != OK) {
        log_err(err, "not started");
        stop(&daemon);
        return EXIT_NOT_DONE;
    }
    const unsigned port = http_server_port(daemon.server);
    printf("ready %u\n", port);
    (void)fflush(stdout);
    log_line(LOG_NOTICE, "serving on port %u", port);
    run(&daemon, &signals);
    stop(&daemon);
    return 0;
}

int main(int argc, char **argv) {
    const char *config = NULL;
    bool help_config = false, help = false;
    int first = 0;
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &config, 0, 0, "The configuration file."},
        {"help-config", NULL, OPTION_FLAG, &help_config, 0, 0, "Describe the configuration's keys."},
    };
    static const struct option_usage usage = {
        "keyholderd", "--config FILE",
        "Evaluates blinded elements with its share of the token key. It never learns whom a question is about.",
        "SIGHUP reloads roster, deny list, descriptor and certificate; SIGTERM stops when the requests in hand are "
        "answered.\nExit codes: 0 stopped as asked, 2 could not start."};
    log_open("keyholderd", LOG_NOTICE);
    err_t err = options_read(argc, argv, &usage, rows, COUNT(rows), &first, &help);
    if (err == OK && !help && !help_config && (config == NULL || first < argc)) {
        err = err_set(ERR_INPUT, "--config FILE and nothing else; see --help");
    }
    if (err != OK) {
        log_err(err, "usage");
        return EXIT_NOT_DONE;
    }
    if (help_config) {
        settings_help(stdout);
    }
    return help || help_config ? 0 : serve(config);
}
