// SPDX-License-Identifier: Apache-2.0
#include "proto/daemon.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/options.h"
#include "base/secret.h"
#include "base/thread.h"
#include "proto/daemon_metrics.h"
#include "proto/limits.h"

#define EXIT_NOT_DONE 2
#define LOOK_S 5 // whether all threads are there
#define HOUSEKEEPING_US 60000000

struct running { // what start() makes and stop() ends
    const struct daemon *daemon;
    const struct daemon_settings *settings;
    void *state;
    struct http_server *server;
    struct daemon_metrics *metrics;
};

struct http_settings daemon_http(const struct daemon_settings *settings) {
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

struct tls_files daemon_tls(const struct daemon_settings *settings) {
    return (struct tls_files){.ca = settings->ca, .certificate = settings->certificate, .key = settings->key};
}

// Binds; nothing is accepted yet.
static err_t open_server(struct running *running) {
    const struct daemon *daemon = running->daemon;
    const struct tls_files files = daemon_tls(daemon->settings);
    const struct http_settings http = daemon_http(daemon->settings);
    SSL_CTX *context = NULL;
    err_t err = tls_server_context(&files, &context);
    if (err) {
        return err;
    }
    err = http_server_new(&http, context, daemon->routes, daemon->route_count, running->state, &running->server);
    SSL_CTX_free(context);
    return err ? err : daemon_metrics_start(daemon, running->server, running->state, &running->metrics);
}

#define PATHS_MAX 32
err_t daemon_confine_files(const struct daemon *daemon) {
    struct confine_path paths[PATHS_MAX];
    size_t count = 0;
    for (; count < daemon->path_count; count++) {
        const struct daemon_path *row = &daemon->paths[count];
        char *const *path = (char *const *)((const char *)daemon->settings + row->offset);
        paths[count] = (struct confine_path){*path, row->access};
    }
    assert(count < PATHS_MAX);
    if ((daemon->calls & CONFINE_CONNECT) != 0) {
        paths[count++] = (struct confine_path){"/etc/resolv.conf", CONFINE_READ}; // and with it, /etc/hosts
    }
    return confine_files(paths, count);
}

// In a straight line: nothing of a request is read before all that is not needed for it has been given up.
static err_t start(struct running *running, const char *config) {
    const struct daemon *daemon = running->daemon;
    err_t err = secret_start();
    if (!err) {
        err = config_load(config, daemon->keys, daemon->key_count, daemon->settings);
    }
    if (!err) {
        err = confine_user(running->settings->user);
    }
    if (!err) {
        err = secret_forbid_core_dumps(); // becoming another user would allow them again
    }
    if (!err && OPENSSL_init_ssl(0, NULL) != 1) { // reads the system's configuration, which is soon out of reach
        err = err_set(ERR_CRYPTO, "OpenSSL did not start");
    }
    if (!err && daemon->confine_to_open) {
        err = daemon_confine_files(daemon);
    }
    if (!err) {
        err = daemon->open(daemon->settings, &running->state);
    }
    if (!err && !daemon->confine_to_open) {
        err = daemon_confine_files(daemon);
    }
    if (!err) {
        err = open_server(running);
    }
    if (!err) {
        err = confine_calls(daemon->calls);
    }
    return err ? err : http_server_start(running->server);
}

static void stop(struct running *running) {
    daemon_metrics_stop(running->metrics);
    http_server_stop(running->server, running->settings->stop_grace_ms);
    running->daemon->close(running->state); // before the server is freed: its last decisions still reply
    http_server_free(running->server);
    config_free(running->daemon->keys, running->daemon->key_count, running->daemon->settings);
}

static err_t reload_certificate(struct running *running) {
    const struct daemon *daemon = running->daemon;
    const struct tls_files files = daemon_tls(daemon->settings);
    SSL_CTX *context = NULL;
    err_t err = tls_server_context(&files, &context);
    if (!err && daemon->check_certificate) {
        err = daemon->check_certificate(running->state);
    }
    if (!err) {
        http_server_set_context(running->server, context);
    }
    SSL_CTX_free(context);
    return err;
}

// Returns 1 for a part that was refused.
static unsigned report_reload(const char *what, err_t err) {
    if (err) {
        log_err(err, "reload: %s: a bad file was left aside and the old stays in force", what);
    } else {
        log_line(LOG_NOTICE, "reload: %s", what);
    }
    return err ? 1 : 0;
}

static void reload(struct running *running) {
    unsigned refused = report_reload("certificate", reload_certificate(running));
    for (size_t i = 0; i < running->daemon->reload_count; i++) {
        const struct daemon_reload *part = &running->daemon->reloads[i];
        refused += report_reload(part->what, part->run(running->state));
    }
    daemon_metrics_reloaded(running->metrics, refused);
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

static void run(struct running *running, const sigset_t *signals) {
    const struct timespec patience = {.tv_sec = LOOK_S};
    int64_t next_us = 0;
    for (;;) {
        thread_check_all();
        if (clock_monotonic_us() >= next_us) {
            running->daemon->housekeep(running->state);
            next_us = clock_monotonic_us() + HOUSEKEEPING_US;
        }
        const int got = sigtimedwait(signals, NULL, &patience);
        if (got == SIGTERM || got == SIGINT) {
            log_line(LOG_NOTICE, "stopping");
            return;
        }
        if (got == SIGHUP) {
            reload(running);
            next_us = 0;
        }
    }
}

static int serve(const struct daemon *daemon, const char *config) {
    struct running running = {.daemon = daemon, .settings = daemon->settings};
    sigset_t signals;
    hold_signals(&signals);
    notify_open();
    err_t err = start(&running, config);
    if (err) {
        log_err(err, "not started");
        stop(&running);
        return EXIT_NOT_DONE;
    }
    const unsigned port = http_server_port(running.server);
    printf("ready %u\n", port);
    (void)fflush(stdout);
    log_line(LOG_NOTICE, "serving on port %u%s", port,
             confine_is_built() ? "" : "; NOT CONFINED: built for measuring or debugging");
    notify_send("READY=1");
    run(&running, &signals);
    notify_send("STOPPING=1");
    stop(&running);
    return 0;
}

int daemon_main(int argc, char **argv, const struct daemon *daemon) {
    const char *config = NULL;
    bool help_config = false, help = false;
    int first = 0;
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &config, 0, 0, "The configuration file."},
        {"help-config", NULL, OPTION_FLAG, &help_config, 0, 0, "Describe the configuration's keys."},
    };
    const struct option_usage usage = {daemon->program, "--config FILE", daemon->purpose, daemon->signals};
    log_open(daemon->program, LOG_NOTICE);
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (!err && !help && !help_config && (!config || first < argc)) {
        err = err_set(ERR_INPUT, "--config FILE and nothing else; see --help");
    }
    if (err) {
        log_err(err, "usage");
        return EXIT_NOT_DONE;
    }
    if (help_config) {
        config_help(stdout, daemon->keys, daemon->key_count);
    }
    return help || help_config ? 0 : serve(daemon, config);
}
