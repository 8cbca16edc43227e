// SPDX-License-Identifier: Apache-2.0
// What the index's handlers share: the engine, who may come in, the present descriptor and the daily feed figure.
// Any thread, after service_init.
#ifndef INDEXD_SERVICE_H
#define INDEXD_SERVICE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/lock.h"
#include "indexd/engine.h"
#include "indexd/feeds.h"
#include "keys/descriptor.h"
#include "proto/access.h"
#include "proto/status.h"

struct sweeper;
struct notary;

struct service {
    struct engine *engine;       // borrowed
    struct access *access;       // borrowed
    const char *police_agencies; // ids; NULL: none; borrowed
    const char *store;           // its folder; borrowed
    atomic_bool decommissioned;  // everybody is refused
    atomic_bool stopping;        // long commands break off
    struct sweeper *sweeper;     // borrowed
    const char *ca;              // the scheme's, a file; borrowed
    const struct wall_clock *clock;
    struct notary *notary; // borrowed
    int64_t feed_fresh_days;
    struct limits person_limits, agency_limits; // where the roster gives none
    size_t slots; // of the descriptor the engine was opened with; a reload cannot change it
    struct lock lock;
    struct descriptor descriptor; // under the lock
    struct scheme_status status;  // under the lock
};

err_t service_init(struct service *service, const struct descriptor *descriptor);
void service_destroy(struct service *service);

// Takes a descriptor that follows the present one and leaves the slots as they are; where it begins or ends an epoch
// the store follows. ERR_STALE; the detail names the feeds that have not moved. From one thread alone.
err_t service_set_descriptor(struct service *service, const struct descriptor *next);

struct feeds service_feeds(const struct service *service);
// Counts the feeds: once a day, at start and after a reload, so that the figure says nothing about single changes.
err_t service_count_feeds(struct service *service);
// Counts again when the day of the last figure has passed.
err_t service_count_feeds_daily(struct service *service);

// The descriptor in force.
void service_descriptor(struct service *service, struct descriptor *out);
void service_scheme_status(struct service *service, struct scheme_status *out);
uint64_t service_descriptor_version(struct service *service);
int64_t service_descriptor_expires(struct service *service); // seconds

#endif
