// SPDX-License-Identifier: Apache-2.0
#include "proto/http_counts.h"

#include <stdio.h>
#include <string.h>

#include "proto/http_worker.h"
#include "proto/metrics.h"
#include "proto/problem.h"

#define LABEL_SIZE 128

void http_counts_request(struct http_counts *counts, size_t route, err_t outcome) {
    counter_add(&counts->requests[route][outcome], 1);
}

void http_counts_latency(struct http_counts *counts, size_t route, int64_t us) {
    histogram_add(&counts->latency[route], &histogram_latency, us < 0 ? 0 : (uint64_t)us);
}

void http_counts_handshake(struct http_counts *counts, enum http_handshake outcome) {
    counter_add(&counts->handshakes[outcome], 1);
}

struct totals { // over the workers
    uint64_t requests[HTTP_ROUTES_MAX + 1][ERR_COUNT];
    uint64_t handshakes[HANDSHAKE_OUTCOMES];
};

static void add_up(const struct http_server *server, struct totals *out) {
    *out = (struct totals){0};
    for (size_t w = 0; w < server->inited; w++) {
        const struct http_counts *counts = &server->workers[w].counts;
        for (size_t route = 0; route <= HTTP_ROUTES_MAX; route++) {
            for (size_t i = 0; i < ERR_COUNT; i++) {
                out->requests[route][i] += counter_read(&counts->requests[route][i]);
            }
        }
        for (size_t i = 0; i < HANDSHAKE_OUTCOMES; i++) {
            out->handshakes[i] += counter_read(&counts->handshakes[i]);
        }
    }
}

static int status_of(err_t outcome) {
    return outcome == OK ? 200 : problem_status(outcome);
}

// A path may have several methods.
static void label_route(const struct http_server *server, size_t route, char out[LABEL_SIZE]) {
    const bool known = route < server->route_count;
    const char *method = !known ? "none" : server->routes[route].method == HTTP_GET ? "GET" : "POST";
    (void)snprintf(out, LABEL_SIZE, "route=\"%s\",method=\"%s\"", known ? server->routes[route].path : "none", method);
}

// Several errors share a status, and several a reason: the first of them stands for all.
static void put_statuses(const struct http_server *server, const struct totals *totals, size_t route, struct buf *out) {
    uint64_t of_status[600] = {0};
    char named[LABEL_SIZE];
    label_route(server, route, named);
    for (size_t i = 0; i < ERR_COUNT; i++) {
        of_status[status_of((err_t)i)] += totals->requests[route][i];
    }
    for (int status = 0; status < 600; status++) {
        char labels[2 * LABEL_SIZE];
        (void)snprintf(labels, sizeof labels, "%s,status=\"%d\"", named, status);
        if (of_status[status] > 0 || status == 200) {
            metrics_put_count("signpost_http_requests_total", labels, of_status[status], out);
        }
    }
}

static void put_requests(const struct http_server *server, const struct totals *totals, struct buf *out) {
    metrics_put_head("signpost_http_requests_total", METRIC_COUNTER, "Requests that were answered.", out);
    for (size_t route = 0; route < server->route_count; route++) {
        put_statuses(server, totals, route, out);
    }
    put_statuses(server, totals, HTTP_ROUTES_MAX, out);
}

static bool reason_came_before(err_t reason) {
    for (int i = OK + 1; i < (int)reason; i++) {
        if (strcmp(problem_slug((err_t)i), problem_slug(reason)) == 0) {
            return true;
        }
    }
    return false;
}

static uint64_t refusals_for(const struct totals *totals, const char *slug) {
    uint64_t sum = 0;
    for (size_t i = OK + 1; i < ERR_COUNT; i++) {
        for (size_t route = 0; route <= HTTP_ROUTES_MAX && strcmp(problem_slug((err_t)i), slug) == 0; route++) {
            sum += totals->requests[route][i];
        }
    }
    return sum;
}

static void put_refusals(const struct totals *totals, struct buf *out) {
    metrics_put_head("signpost_http_refusals_total", METRIC_COUNTER, "Requests that were refused, by their reason.",
                     out);
    for (size_t i = OK + 1; i < ERR_COUNT; i++) {
        char labels[LABEL_SIZE];
        (void)snprintf(labels, sizeof labels, "reason=\"%s\"", problem_slug((err_t)i));
        if (!reason_came_before((err_t)i)) {
            metrics_put_count("signpost_http_refusals_total", labels, refusals_for(totals, problem_slug((err_t)i)),
                              out);
        }
    }
}

static void put_latencies(const struct http_server *server, struct buf *out) {
    metrics_put_head("signpost_http_request_seconds", METRIC_HISTOGRAM,
                     "Time from a whole request to its reply, of requests that reached their route.", out);
    for (size_t route = 0; route < server->route_count; route++) {
        struct histogram_figures figures = {.scale = &histogram_latency};
        char labels[LABEL_SIZE];
        label_route(server, route, labels);
        for (size_t w = 0; w < server->inited; w++) {
            histogram_read(&server->workers[w].counts.latency[route], &figures);
        }
        metrics_put_histogram("signpost_http_request_seconds", labels, &figures, out);
    }
}

static void put_handshakes(const struct totals *totals, struct buf *out) {
    static const char *const labels[] = {
        [HANDSHAKE_DONE] = "result=\"done\"",
        [HANDSHAKE_REFUSED] = "result=\"refused\"",
        [HANDSHAKE_LOST] = "result=\"lost\"",
    };
    metrics_put_head("signpost_tls_handshakes_total", METRIC_COUNTER, "TLS handshakes that ended.", out);
    for (size_t i = 0; i < HANDSHAKE_OUTCOMES; i++) {
        metrics_put_count("signpost_tls_handshakes_total", labels[i], totals->handshakes[i], out);
    }
}

void http_server_metrics(const struct http_server *server, struct buf *out) {
    struct totals totals;
    add_up(server, &totals);
    put_requests(server, &totals, out);
    put_refusals(&totals, out);
    put_latencies(server, out);
    put_handshakes(&totals, out);
    metrics_put_head("signpost_http_connections", METRIC_GAUGE, "Connections that are open.", out);
    metrics_put_gauge("signpost_http_connections", "", (double)atomic_load(&server->connections), out);
    metrics_put_head("signpost_http_connections_max", METRIC_GAUGE, "Connections that may be open.", out);
    metrics_put_gauge("signpost_http_connections_max", "", (double)server->settings.max_connections, out);
}
