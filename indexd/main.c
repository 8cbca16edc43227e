// SPDX-License-Identifier: Apache-2.0
// indexd: the index operator's daemon. Start-up in a straight line; the main thread then waits for signals.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"
#include "base/secret.h"
#include "indexd/control.h"
#include "indexd/handlers.h"
#include "indexd/service.h"
#include "indexd/settings.h"

#define EXIT_NOT_DONE 2
#define HOUSEKEEPING_S 60

struct daemon { // everything that start() makes and stop() ends, in that order
    struct settings settings;
    struct trust trust;
    struct access *access;
    struct engine *engine;
    struct service service;
    bool service_ready;
    struct control *control;
    struct http_server *server;
};

static err_t start_service(struct daemon *daemon, const struct descriptor *descriptor) {
    daemon->service = (struct service){.engine = daemon->engine,
                                       .access = daemon->access,
                                       .clock = &clock_system,
                                       .feed_fresh_days = daemon->settings.feed_fresh_days};
    err_t err = service_init(&daemon->service, descriptor);
    daemon->service_ready = !err;
    return err ? err : control_start(daemon->settings.control, &daemon->service, &daemon->control);
}

static err_t start_server(struct daemon *daemon) {
    struct tls_files files = settings_tls(&daemon->settings);
    struct http_settings http = settings_http(&daemon->settings);
    SSL_CTX *context = NULL;
    err_t err = tls_server_context(&files, &context);
    if (err) {
        return err;
    }
    err = http_server_new(&http, context, handlers_routes, handlers_route_count, &daemon->service, &daemon->server);
    SSL_CTX_free(context);
    return err ? err : http_server_start(daemon->server);
}

static struct access_files access_files_of(const struct settings *settings) {
    return (struct access_files){.roster = settings->roster, .deny = settings->deny};
}

static err_t start(struct daemon *daemon) {
    int64_t now_s = clock_now_s(&clock_system);
    struct descriptor descriptor;
    err_t err = settings_scheme(&daemon->settings, now_s, &daemon->trust, &descriptor);
    if (err) {
        return err;
    }
    struct access_files files = access_files_of(&daemon->settings);
    err = access_load(&files, &daemon->trust.authority, descriptor.scheme, &daemon->access);
    if (err) {
        return err;
    }
    struct engine_settings engine = settings_engine(&daemon->settings);
    err = engine_open(&engine, &descriptor, &daemon->engine);
    if (err) {
        return err;
    }
    err = start_service(daemon, &descriptor);
    return err ? err : start_server(daemon);
}

static void stop(struct daemon *daemon) {
    http_server_stop(daemon->server, daemon->settings.stop_grace_ms);
    control_stop(daemon->control);
    engine_close(daemon->engine); // before the server is freed: its last decisions still reply
    http_server_free(daemon->server);
    if (daemon->service_ready) {
        service_destroy(&daemon->service);
    }
    access_free(daemon->access);
    settings_free(&daemon->settings);
}

static err_t reload_certificate(struct daemon *daemon) {
    struct tls_files files = settings_tls(&daemon->settings);
    SSL_CTX *context = NULL;
    err_t err = tls_server_context(&files, &context);
    if (err) {
        return err;
    }
    http_server_set_context(daemon->server, context);
    SSL_CTX_free(context);
    return OK;
}

static err_t reload_descriptor(struct daemon *daemon) {
    struct descriptor next;
    err_t err = descriptor_load(daemon->settings.descriptor, &daemon->trust, clock_now_s(&clock_system), &next);
    return err ? err : service_set_descriptor(&daemon->service, &next);
}

static err_t reload_access(struct daemon *daemon) {
    return access_reload(daemon->access);
}

static err_t recount_feeds(struct daemon *daemon) {
    return service_count_feeds(&daemon->service);
}

// Each part is taken or refused for itself: a bad new file never takes away the old one.
static void reload(struct daemon *daemon) {
    static const struct {
        const char *what;
        err_t (*run)(struct daemon *daemon);
    } parts[] = {
        {"certificate", reload_certificate},
        {"descriptor", reload_descriptor},
        {"roster and deny list", reload_access},
        {"feed figure", recount_feeds},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        err_t err = parts[i].run(daemon);
        if (err) {
            log_err(err, "reload: %s kept as it was", parts[i].what);
        } else {
            log_line(LOG_NOTICE, "reload: %s", parts[i].what);
        }
    }
}

// Blocks the signals for all threads, which inherit the mask, so that the main thread alone takes them.
static void hold_signals(sigset_t *out) {
    sigemptyset(out);
    sigaddset(out, SIGTERM);
    sigaddset(out, SIGINT);
    sigaddset(out, SIGHUP);
    pthread_sigmask(SIG_BLOCK, out, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void housekeeping(struct daemon *daemon) {
    err_t err = service_count_feeds_daily(&daemon->service);
    if (err) {
        log_err(err, "counting feeds");
    }
    access_warn_of_expiry(daemon->access, clock_now_s(&clock_system));
}

static void run(struct daemon *daemon, const sigset_t *signals) {
    for (;;) {
        struct timespec patience = {.tv_sec = HOUSEKEEPING_S};
        int got = sigtimedwait(signals, NULL, &patience);
        if (got == SIGTERM || got == SIGINT) {
            log_line(LOG_NOTICE, "stopping");
            return;
        }
        if (got == SIGHUP) {
            reload(daemon);
        } else if (got < 0 && errno == EAGAIN) {
            housekeeping(daemon);
        }
    }
}

static int fail(err_t err, const char *what) {
    log_err(err, "%s", what);
    return EXIT_NOT_DONE;
}

int main(int argc, char **argv) {
    const char *config = NULL;
    bool help_config = false, help = false;
    int first = 0;
    struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &config, 0, 0, "The configuration file."},
        {"help-config", NULL, OPTION_FLAG, &help_config, 0, 0, "Describe the configuration's keys."},
    };
    struct option_usage usage = {"indexd", "--config FILE",
                                 "Answers one question for authorised clients: is anyone else working with this child?",
                                 "SIGHUP reloads certificate, descriptor, roster and deny list; SIGTERM stops when the "
                                 "requests in hand are answered.\nExit codes: 0 stopped as asked, 2 could not start."};
    log_open("indexd", LOG_NOTICE);
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (err) {
        return fail(err, "usage");
    }
    if (help) {
        return 0;
    }
    if (help_config) {
        settings_help(stdout);
        return 0;
    }
    if (!config || first < argc) {
        return fail(err_set(ERR_INPUT, "--config FILE and nothing else; see --help"), "usage");
    }
    sigset_t signals;
    hold_signals(&signals);
    struct daemon daemon = {0};
    err = secret_start();
    if (!err) {
        err = secret_forbid_core_dumps();
    }
    if (!err) {
        err = settings_load(config, &daemon.settings);
    }
    if (!err) {
        err = start(&daemon);
    }
    if (err) {
        log_err(err, "not started");
        stop(&daemon);
        return EXIT_NOT_DONE;
    }
    printf("ready %u\n", (unsigned)http_server_port(daemon.server));
    fflush(stdout);
    log_line(LOG_NOTICE, "serving on port %u", (unsigned)http_server_port(daemon.server));
    run(&daemon, &signals);
    stop(&daemon);
    return 0;
}
