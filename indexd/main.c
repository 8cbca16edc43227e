// SPDX-License-Identifier: Apache-2.0
// indexd: the index operator's daemon. proto/daemon.h starts and stops it; here stands what it is made of.
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "indexd/control.h"
#include "indexd/figures.h"
#include "indexd/handlers.h"
#include "indexd/log/notary.h"
#include "indexd/scrubber.h"
#include "indexd/service.h"
#include "indexd/settings.h"
#include "indexd/sweeper.h"
#include "indexd/watch.h"
#include "proto/expiry.h"
#include "proto/seen.h"

#define DAY_S 86400

struct index {
    const struct settings *settings;
    struct trust trust;
    struct access *access;
    struct engine *engine;
    struct service service; // what the handlers are given
    bool service_ready;
    struct control *control;
    struct scrubber *scrubber;
    struct sweeper *sweeper;
    struct notary *notary;
    struct watch *watch;
};

static struct index indexd; // one a process

static err_t start_notary(struct index *index) {
    const struct settings *settings = index->settings;
    const struct notary_setup setup = {.engine = index->engine,
                                       .service = &index->service,
                                       .store = settings->store,
                                       .trust = &index->trust,
                                       .ca = settings->server.ca,
                                       .certificate = settings->server.certificate,
                                       .key = settings->server.key,
                                       .connect_to = settings->connect_to,
                                       .interval_s = settings->checkpoint_interval_s,
                                       .alarm_s = settings->cosign_alarm_s,
                                       .clock = &clock_system};
    err_t err = notary_start(&setup, &index->notary);
    index->service.notary = index->notary;
    return err;
}

static err_t start_service(struct index *index, const struct descriptor *descriptor) {
    index->service = (struct service){.engine = index->engine,
                                      .access = index->access,
                                      .sweeper = index->sweeper,
                                      .store = index->settings->store,
                                      .police_agencies = index->settings->police_agencies,
                                      .ca = index->settings->server.ca,
                                      .clock = &clock_system,
                                      .feed_fresh_days = index->settings->feed_fresh_days};
    limits_of_settings(index->settings->person_limits, &index->service.person_limits);
    limits_of_settings(index->settings->agency_limits, &index->service.agency_limits);
    err_t err = service_init(&index->service, descriptor);
    index->service_ready = !err;
    if (!err) {
        err = start_notary(index);
    }
    return err ? err : control_start(index->settings->control, &index->service, &index->control);
}

// What has been in force is not forgotten by a restart: the versions stand in the store's folder.
static err_t remember(uint64_t descriptor, uint64_t roster) {
    char *paths[] = {file_join(indexd.settings->store, "seen-descriptor"),
                     file_join(indexd.settings->store, "seen-roster")};
    err_t err = paths[0] && paths[1] ? seen_version(paths[0], descriptor) : err_set(ERR_MEMORY, "no memory");
    err = err ? err_prefix(err, "the descriptor") : seen_version(paths[1], roster);
    free(paths[0]);
    free(paths[1]);
    return err;
}

static bool serves(void *access, int64_t now_s) {
    return now_s < access_roster_expires(access);
}

static uint32_t sure_slots(const struct descriptor *descriptor) {
    uint32_t sure = 0;
    for (size_t i = 0; i < descriptor->slot_count; i++) {
        sure |= descriptor->slots[i].tier == TIER_SURE ? 1U << i : 0;
    }
    return sure;
}

static err_t index_open(const void *settings, void **out_state) {
    indexd.settings = settings;
    struct descriptor descriptor;
    err_t err = settings_scheme(indexd.settings, clock_now_s(&clock_system), &indexd.trust, &descriptor);
    if (err) {
        return err;
    }
    const struct access_files files = {.roster = indexd.settings->server.roster,
                                       .deny = indexd.settings->server.deny,
                                       .look_serves_us = ACCESS_LOOK_SERVES_US};
    err = access_load(&files, &indexd.trust.authority, descriptor.scheme, &indexd.access);
    if (err) {
        return err;
    }
    const struct engine_settings engine = settings_engine(indexd.settings);
    err = engine_open(&engine, &descriptor, &indexd.engine);
    if (!err) {
        err = remember(descriptor.version, access_roster_version(indexd.access));
    }
    if (err) {
        return err;
    }
    err = scrubber_start(indexd.engine, &clock_system, !engine.check_first, &indexd.scrubber);
    if (err) {
        return err;
    }
    const struct sweeper_setup sweeper = {.engine = indexd.engine,
                                          .clock = &clock_system,
                                          .keep_days = indexd.settings->keep_days,
                                          .serves = serves,
                                          .ctx = indexd.access};
    err = sweeper_start(&sweeper, &indexd.sweeper);
    if (err) {
        return err;
    }
    err = watch_start(indexd.engine, indexd.settings->alerts, sure_slots(&descriptor), &indexd.watch);
    if (err) {
        return err;
    }
    *out_state = &indexd.service;
    return start_service(&indexd, &descriptor);
}

static void index_close(void *state) {
    (void)state;
    atomic_store(&indexd.service.stopping, true);
    control_stop(indexd.control);
    watch_stop(indexd.watch);
    sweeper_stop(indexd.sweeper);
    notary_stop(indexd.notary);
    scrubber_stop(indexd.scrubber);
    engine_close(indexd.engine);
    if (indexd.service_ready) {
        service_destroy(&indexd.service);
    }
    access_free(indexd.access);
}

static err_t reload_descriptor(void *state) {
    struct descriptor next;
    err_t err = descriptor_load(indexd.settings->server.descriptor, &indexd.trust, clock_now_s(&clock_system), &next);
    return err ? err : service_set_descriptor(state, &next);
}

static err_t reload_access(void *state) {
    struct service *service = state;
    return access_reload(service->access);
}

static err_t recount_feeds(void *state) {
    return service_count_feeds(state);
}

// At 7 and at 2 days before the roster ends, and when it has.
static void alert_of_roster(struct service *service) {
    static enum expiry told = EXPIRY_FAR;
    const int64_t expires_s = access_roster_expires(service->access);
    const enum expiry now = expiry_of(expires_s, clock_now_s(&clock_system));
    char text[64 + CLOCK_TEXT_SIZE], when[CLOCK_TEXT_SIZE];
    if (now > told) {
        clock_format(expires_s, when);
        (void)snprintf(text, sizeof text, "the roster %s at %s", now == EXPIRY_PAST ? "has ended" : "ends", when);
        err_t err = engine_note_alert(service->engine, "roster-expiry", "", text, 0);
        if (err) {
            log_err(err, "an alert about the roster's end");
            return;
        }
    }
    told = now;
}

static err_t warn_of_clock(struct service *service, const char *rule, const char *text) {
    log_line(LOG_WARNING, "%s", text);
    err_t err = engine_note_alert(service->engine, rule, "", text, 0);
    if (err) {
        log_err(err, "an alert about the clock");
    }
    return err;
}

static void alert_of_clock(struct service *service) {
    static struct clock_course course;
    const int64_t by_s = clock_was_set_s(&course, clock_now_ms(service->clock), clock_monotonic_us());
    char text[64];
    if (by_s != 0) {
        (void)snprintf(text, sizeof text, "this machine's clock was set %s by %lld s", by_s > 0 ? "forward" : "back",
                       (long long)(by_s > 0 ? by_s : -by_s));
        (void)warn_of_clock(service, "clock-set", text);
    }
}

// Once, until the clock has caught up: somebody asked while it was ahead.
static void alert_of_counts(struct service *service) {
    static bool told;
    const int64_t counts_s = engine_counts_at(service->engine);
    const bool ahead = counts_s / DAY_S > clock_now_s(service->clock) / DAY_S;
    char text[128], when[CLOCK_TEXT_SIZE];
    if (ahead && !told) {
        clock_format(counts_s, when);
        (void)snprintf(text, sizeof text, "budgets and alerts count at %s, which is ahead of this machine's clock",
                       when);
        told = warn_of_clock(service, "counts-ahead", text) == OK;
    } else if (!ahead) {
        told = false;
    }
}

static void housekeep(void *state) {
    struct service *service = state;
    alert_of_clock(service);
    alert_of_counts(service);
    err_t seen = remember(service_descriptor_version(service), access_roster_version(service->access));
    if (seen) {
        log_err(seen, "what is in force could not be remembered");
    }
    err_t err = service_count_feeds_daily(service);
    if (err) {
        log_err(err, "counting feeds");
    }
    alert_of_roster(service);
    access_warn_of_expiry(service->access, clock_now_s(&clock_system));
}

int main(int argc, char **argv) {
    static const struct daemon_reload reloads[] = {
        {"descriptor", reload_descriptor},
        {"roster and deny list", reload_access},
        {"feed figure", recount_feeds},
    };
    static struct settings settings;
    const struct daemon daemon = {
        .program = "indexd",
        .purpose = "Answers one question for authorised clients: is anyone else working with this child?",
        .signals =
            "SIGHUP reloads certificate, descriptor, roster and deny list; SIGTERM stops when the requests in hand "
            "are answered.\nExit codes: 0 stopped as asked, 2 could not start, or stopped at once as nothing could be "
            "promised any more.",
        .keys = settings_keys,
        .key_count = settings_key_count,
        .paths = settings_paths,
        .path_count = settings_path_count,
        .calls = settings_calls,
        .confine_to_open = true,
        .settings = &settings,
        .open = index_open,
        .close = index_close,
        .housekeep = housekeep,
        .reloads = reloads,
        .reload_count = sizeof reloads / sizeof reloads[0],
        .metrics = figures_rows,
        .metric_count = figures_row_count,
        .figures_size = sizeof(struct figures),
        .measure = figures_measure,
        .routes = handlers_routes,
        .route_count = handlers_route_count,
    };
    return daemon_main(argc, argv, &daemon);
}
