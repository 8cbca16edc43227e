// SPDX-License-Identifier: Apache-2.0
#include "proto/daemon_metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "proto/daemon_figures.h"
#include "proto/metrics_server.h"

struct daemon_metrics {
    const struct daemon *daemon;
    const struct http_server *server;
    void *state;
    struct metrics_server *listener;
    int64_t started_s;
    _Atomic int64_t certificate_expires, ca_expires; // seconds
    _Atomic unsigned reload_refused;
};

double days_left(int64_t expires_s, int64_t now_s) {
    return (double)(expires_s - now_s) / 86400;
}

static err_t read_expiries(struct daemon_metrics *metrics) {
    const struct daemon_settings *settings = metrics->daemon->settings;
    int64_t certificate = 0, ca = 0;
    err_t err = tls_expiry_of_file(settings->certificate, &certificate);
    if (!err) {
        err = tls_expiry_of_file(settings->ca, &ca);
    }
    if (!err) {
        atomic_store(&metrics->certificate_expires, certificate);
        atomic_store(&metrics->ca_expires, ca);
    }
    return err;
}

// On the listener's thread.
static void write_metrics(void *ctx, struct buf *out) {
    struct daemon_metrics *metrics = ctx;
    const struct daemon *daemon = metrics->daemon;
    const int64_t now_ms = clock_now_ms(&clock_system);
    struct daemon_figures *figures = calloc(1, daemon->figures_size);
    if (figures == NULL) {
        out->failed = true;
        return;
    }
    figures->build = 1;
    figures->started_s = (double)metrics->started_s;
    figures->now_s = (double)now_ms / 1000;
    figures->certificate_days = days_left(atomic_load(&metrics->certificate_expires), now_ms / 1000);
    figures->ca_days = days_left(atomic_load(&metrics->ca_expires), now_ms / 1000);
    figures->reload_refused = atomic_load(&metrics->reload_refused);
    daemon->measure(metrics->state, figures);
    metrics_write(daemon->metrics, daemon->metric_count, figures, out);
    http_server_metrics(metrics->server, out);
    free(figures);
}

err_t daemon_metrics_start(const struct daemon *daemon, const struct http_server *server, void *state,
                           struct daemon_metrics **out) {
    const struct daemon_settings *settings = daemon->settings;
    if (settings->metrics == NULL) {
        return OK;
    }
    struct daemon_metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL) {
        return err_set(ERR_MEMORY, "metrics");
    }
    *metrics = (struct daemon_metrics){
        .daemon = daemon, .server = server, .state = state, .started_s = clock_now_s(&clock_system)};
    err_t err = read_expiries(metrics);
    if (!err) {
        err = metrics_server_start(settings->metrics, write_metrics, metrics, &metrics->listener);
    }
    if (err) {
        free(metrics);
        return err;
    }
    log_line(LOG_NOTICE, "metrics on port %u", metrics_server_port(metrics->listener));
    *out = metrics;
    return OK;
}

void daemon_metrics_stop(struct daemon_metrics *metrics) {
    if (metrics != NULL) {
        metrics_server_stop(metrics->listener);
        free(metrics);
    }
}

void daemon_metrics_reloaded(struct daemon_metrics *metrics, unsigned refused) {
    if (metrics == NULL) {
        return;
    }
    atomic_store(&metrics->reload_refused, refused);
    err_t err = refused == 0 ? read_expiries(metrics) : OK;
    if (err) {
        log_err(err, "metrics: the certificate's end");
    }
}
