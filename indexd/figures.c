// SPDX-License-Identifier: Apache-2.0
#include "indexd/figures.h"

#include "base/log.h"
#include "indexd/log/notary.h"
#include "indexd/service.h"

const struct metric_row figures_rows[] = {
    DAEMON_METRICS,
    {"signpost_index_works", "", METRIC_GAUGE, FIGURE_AT(works), "1 while the index decides; 0 while it refuses work."},
    {"signpost_index_fault", "fault=\"full\"", METRIC_GAUGE, FIGURE_AT(full),
     "1 for the reason for which the index refuses work; full: changes alone."},
    {"signpost_index_fault", "fault=\"corrupt\"", METRIC_GAUGE, FIGURE_AT(corrupt), ""},
    {"signpost_index_fault", "fault=\"unavailable\"", METRIC_GAUGE, FIGURE_AT(unavailable), ""},
    {"signpost_index_questions_total", "", METRIC_COUNTER, FIGURE_AT(questions),
     "Requests whose question was answered."},
    {"signpost_index_children_total", "", METRIC_COUNTER, FIGURE_AT(children),
     "Children about whom a question was answered, whatever the answer."},
    {"signpost_index_changes_total", "", METRIC_COUNTER, FIGURE_AT(changes), "Changes that were decided."},
    {"signpost_index_alerts_total", "", METRIC_COUNTER, FIGURE_AT(alerts),
     "Alerts about users that were written into the journal, where indexctl alerts finds them."},
    {"signpost_index_commit_seconds", "", METRIC_HISTOGRAM, FIGURE_AT(commit_seconds),
     "Time in which journal and database took one batch."},
    {"signpost_index_commit_children", "", METRIC_HISTOGRAM, FIGURE_AT(commit_children),
     "Children and changes in one batch."},
    {"signpost_index_waiting", "", METRIC_GAUGE, FIGURE_AT(waiting), "Operations that wait for their decision."},
    {"signpost_journal_records_total", "", METRIC_COUNTER, FIGURE_AT(journal_records), "Records of the journal."},
    {"signpost_journal_bytes_total", "", METRIC_COUNTER, FIGURE_AT(journal_bytes), "Bytes of the journal's segments."},
    {"signpost_disk_free_bytes", "", METRIC_GAUGE, FIGURE_AT(disk_free), "Free on the journal's file system."},
    {"signpost_map_used_bytes", "", METRIC_GAUGE, FIGURE_AT(map_used), "Of the database's map."},
    {"signpost_map_size_bytes", "", METRIC_GAUGE, FIGURE_AT(map_size), "Up to which the database may grow."},
    {"signpost_scrub_time_seconds", "", METRIC_GAUGE, FIGURE_AT(scrubbed_s),
     "When the whole index was last read through and found whole; 0: not since the start."},
    {"signpost_sweep_time_seconds", "", METRIC_GAUGE, FIGURE_AT(swept_s),
     "When what is kept no longer was last swept out, which is done for each quarter; 0: not since the start."},
    {"signpost_log_signed_records", "", METRIC_GAUGE, FIGURE_AT(signed_records),
     "Records that the last signed head of the journal covers."},
    {"signpost_log_cosigned_records", "", METRIC_GAUGE, FIGURE_AT(cosigned_records),
     "Records that the last head covers which enough key holders have cosigned."},
    {"signpost_log_cosigned_time_seconds", "", METRIC_GAUGE, FIGURE_AT(cosigned_s),
     "When they had, by their clocks; 0: never."},
    {"signpost_log_cosigning_behind", "", METRIC_GAUGE, FIGURE_AT(cosigning_behind),
     "1 when what was signed has waited too long for its cosignatures."},
    {"signpost_feeds", "feed=\"fresh\"", METRIC_GAUGE, FIGURE_AT(feeds_fresh),
     "Agencies' feeds, as GET /v1/scheme tells daily: up to date, and expected."},
    {"signpost_feeds", "feed=\"expected\"", METRIC_GAUGE, FIGURE_AT(feeds_total), ""},
};
const size_t figures_row_count = sizeof figures_rows / sizeof figures_rows[0];

static void measure_health(struct service *service, struct figures *out) {
    err_t health = engine_health(service->engine);
    out->works = health == OK;
    out->full = health == ERR_FULL;
    out->corrupt = health == ERR_CORRUPT;
    out->unavailable = health != OK && health != ERR_FULL && health != ERR_CORRUPT;
}

static void measure_store(struct service *service, struct figures *out) {
    struct engine_stats stats = {0};
    err_t err = engine_stats(service->engine, &stats);
    if (err) {
        log_err(err, "metrics: the store's figures");
        out->works = 0;
        out->unavailable = out->corrupt == 0 ? 1 : 0;
        return;
    }
    out->journal_records = stats.journal_records;
    out->journal_bytes = stats.journal_bytes;
    out->disk_free = (double)stats.disk_free;
    out->map_used = (double)stats.map_used;
    out->map_size = (double)stats.map_size;
    out->questions = stats.questions;
    out->children = stats.children;
    out->changes = stats.changes;
    out->alerts = stats.alerts;
}

static void measure_load(struct service *service, struct figures *out) {
    struct engine_load load = {0};
    engine_load(service->engine, &load);
    out->commit_seconds = load.commit_us;
    out->commit_children = load.commit_children;
    out->waiting = (double)load.waiting;
    out->scrubbed_s = (double)load.scrubbed_s;
    out->swept_s = (double)load.swept_s;
}

static void measure_scheme(struct service *service, struct figures *out) {
    const int64_t now_s = clock_now_s(service->clock);
    struct scheme_status status;
    service_scheme_status(service, &status);
    out->feeds_fresh = (double)status.feeds_fresh;
    out->feeds_total = (double)status.feeds_total;
    out->daemon.roster_days = days_left(access_roster_expires(service->access), now_s);
    out->daemon.access_left_aside = access_left_aside(service->access);
    out->daemon.descriptor_days = days_left(service_descriptor_expires(service), now_s);
}

static void measure_log(struct service *service, struct figures *out) {
    struct notary_status status = {0};
    notary_status(service->notary, &status);
    out->signed_records = (double)status.signed_records;
    out->cosigned_records = (double)status.cosigned_records;
    out->cosigned_s = (double)status.cosigned_at;
    out->cosigning_behind = status.alarm;
}

void figures_measure(void *state, void *figures) {
    measure_health(state, figures);
    measure_store(state, figures);
    measure_load(state, figures);
    measure_log(state, figures);
    measure_scheme(state, figures);
}
