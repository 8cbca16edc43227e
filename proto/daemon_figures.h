// SPDX-License-Identifier: Apache-2.0
// The figures that both daemons show at GET /metrics beside what their HTTP server counts. What concerns one of them
// stands in its own table (indexd/figures.c, keys/keyholderd/figures.c), which begins with these rows.
#ifndef PROTO_DAEMON_FIGURES_H
#define PROTO_DAEMON_FIGURES_H

#include <stdint.h>

#include "proto/metrics.h"

// The first member, named `daemon`, of each daemon's `struct figures`.
struct daemon_figures {
    double build; // always 1
    double started_s, now_s;
    double certificate_days, ca_days, roster_days, descriptor_days;
    double reload_refused, access_left_aside;
};

#define FIGURE_AT(field) offsetof(struct figures, field)
// clang-format off
#define DAEMON_METRICS                                                                                                 \
    {"signpost_build_info", "version=\"" SIGNPOST_VERSION "\"", METRIC_GAUGE, FIGURE_AT(daemon.build),                 \
     "The program's version; the value is always 1."},                                                                 \
    {"signpost_start_time_seconds", "", METRIC_GAUGE, FIGURE_AT(daemon.started_s),                                     \
     "When the daemon was ready, by its clock."},                                                                      \
    {"signpost_clock_seconds", "", METRIC_GAUGE, FIGURE_AT(daemon.now_s),                                              \
     "The daemon's clock, to be compared with the monitoring's."},                                                     \
    {"signpost_days_left", "what=\"certificate\"", METRIC_GAUGE, FIGURE_AT(daemon.certificate_days),                   \
     "Days until something ends without which the daemon refuses everything; negative when it has ended."},            \
    {"signpost_days_left", "what=\"ca\"", METRIC_GAUGE, FIGURE_AT(daemon.ca_days), ""},                                \
    {"signpost_days_left", "what=\"roster\"", METRIC_GAUGE, FIGURE_AT(daemon.roster_days), ""},                        \
    {"signpost_days_left", "what=\"descriptor\"", METRIC_GAUGE, FIGURE_AT(daemon.descriptor_days), ""},                \
    {"signpost_reload_refused", "", METRIC_GAUGE, FIGURE_AT(daemon.reload_refused),                                    \
     "Parts of the last reload that were refused, so that the old files stay in force."},                              \
    {"signpost_access_left_aside", "", METRIC_GAUGE, FIGURE_AT(daemon.access_left_aside),                              \
     "1 while the roster or the deny list on disk is bad, and the old one stays in force."}
// clang-format on

double days_left(int64_t expires_s, int64_t now_s);

#endif
