// SPDX-License-Identifier: Apache-2.0
#include "client/standing.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "client/handle.h"

#define LIFETIME_US (INT64_C(3600) * 1000 * 1000)

err_t standing_of_file(const char *path, struct standing **out) {
    struct standing *standing = calloc(1, sizeof *standing);
    char *copy = path == NULL ? NULL : strdup(path);
    if (standing == NULL || (path != NULL && copy == NULL)) {
        free(standing);
        free(copy);
        return err_set(ERR_MEMORY, "no memory for a scheme");
    }
    standing->from_file = true;
    standing->path = copy;
    *out = standing;
    return OK;
}

err_t standing_of_config(const struct client_config *config, struct standing **out) {
    struct standing *standing = calloc(1, sizeof *standing);
    if (standing == NULL) {
        return err_set(ERR_MEMORY, "no memory for a scheme");
    }
    standing->config = *config;
    *out = standing;
    return OK;
}

static void drop_session(struct standing *standing) {
    session_free(standing->session);
    secret_free(standing->handle_key);
    standing->session = NULL;
    standing->handle_key = NULL;
}

void standing_free(struct standing *standing) {
    if (standing == NULL) {
        return;
    }
    drop_session(standing);
    client_config_free(&standing->config);
    free(standing->path);
    free(standing);
}

void standing_begin(struct standing *standing) {
    standing->deadline_us =
        standing->deadline_ms == 0 ? 0 : clock_monotonic_us() + standing->deadline_ms * INT64_C(1000);
}

bool standing_in_time(const struct standing *standing) {
    return standing->deadline_us == 0 || clock_monotonic_us() < standing->deadline_us;
}

static void run_in_time(void *ctx, struct http_exchange *exchanges, size_t count) {
    const struct standing *standing = ctx;
    if (standing_in_time(standing)) {
        standing->inner.run(standing->inner.ctx, exchanges, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        exchanges[i].err = ERR_NETWORK;
        exchanges[i].put_off = false;
        snprintf(exchanges[i].detail, sizeof exchanges[i].detail, "not asked: the time for this call was over");
    }
}

// A wait that would outlast the call is not begun.
static bool wait_in_time(void *ctx, int64_t ms) {
    const struct standing *standing = ctx;
    bool enough = standing->deadline_us == 0 || clock_monotonic_us() + ms * 1000 < standing->deadline_us;
    return enough && standing->inner.wait != NULL && standing->inner.wait(standing->inner.ctx, ms);
}

// The session's threads take over the signal mask: a program's signals are for the program's own threads.
static err_t open_session(const struct client_config *config, struct session **out) {
    sigset_t all, before;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    err_t err = session_open(config, out);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

static err_t reload_config(struct standing *standing) {
    struct client_config config;
    err_t err = client_config_load(standing->path, &config);
    if (err == OK) {
        client_config_free(&standing->config);
        standing->config = config;
    }
    return err;
}

static void adopt(struct standing *standing, struct session *session) {
    assert(session != NULL);
    standing->inner = session->transport;
    session->transport = (struct transport){.run = run_in_time, .wait = wait_in_time, .ctx = standing};
    standing->session = session;
    standing->opened_us = clock_monotonic_us();
    standing->worn = false;
}

// The new session is opened while the old one stands: a smartcard that stayed in its reader keeps its login, and nobody
// is asked for the PIN again.
static err_t reopen(struct standing *standing) {
    struct session *session = NULL;
    err_t err = secret_start();
    if (err == OK && standing->from_file) {
        err = reload_config(standing);
    }
    if (err == OK) {
        err = open_session(&standing->config, &session);
    }
    drop_session(standing);
    if (err == OK) {
        adopt(standing, session);
    }
    return err;
}

err_t standing_ready(struct standing *standing, bool *out_fresh) {
    bool fit = standing->session != NULL && !standing->worn && clock_monotonic_us() - standing->opened_us < LIFETIME_US;
    err_t err = fit ? OK : reopen(standing);
    if (err == OK) {
        *out_fresh = !fit;
    }
    return err;
}

// To open anew costs another round of canaries, which a used-up budget does not have.
void standing_note(struct standing *standing, enum cause cause) {
    standing->worn |= cause != CAUSE_NONE && cause != CAUSE_DETAILS && cause != CAUSE_BUDGET;
}

err_t standing_handle_key(struct standing *standing, const uint8_t **out) {
    err_t err = OK;
    if (standing->config.handle_key == NULL) {
        return err_set(ERR_INPUT, "the configuration names no `handle_key`: this client cannot change records");
    }
    if (standing->handle_key == NULL) {
        err = handle_key_load(standing->config.handle_key, &standing->handle_key);
    }
    if (err == OK) {
        *out = standing->handle_key;
    }
    return err;
}
