// SPDX-License-Identifier: Apache-2.0
#include "indexd/service.h"

#include <string.h>

#include "base/log.h"

#define SECONDS_A_DAY 86400

static void status_of(const struct descriptor *descriptor, struct scheme_status *status) {
    memcpy(status->scheme, descriptor->scheme, sizeof status->scheme);
    status->epoch = descriptor->epoch;
    status->generation = descriptor->generation;
    status->descriptor_version = descriptor->version;
}

err_t service_init(struct service *service, const struct descriptor *descriptor) {
    service->slots = descriptor->slot_count;
    service->descriptor = *descriptor;
    service->status = (struct scheme_status){0};
    status_of(descriptor, &service->status);
    engine_store_id(service->engine, service->status.store_id);
    if (pthread_rwlock_init(&service->lock, NULL) != 0) {
        return err_set(ERR_MEMORY, "no lock could be made");
    }
    err_t err = service_count_feeds(service);
    if (err) {
        service_destroy(service);
    }
    return err;
}

void service_destroy(struct service *service) {
    pthread_rwlock_destroy(&service->lock);
}

// The engine derived its canary tags and its slots from the descriptor it was opened with.
static err_t same_slots(const struct descriptor *next, const struct descriptor *present) {
    if (next->epoch != present->epoch || next->slot_count != present->slot_count ||
        memcmp(next->slots, present->slots, sizeof next->slots) != 0) {
        return err_set(ERR_STALE, "the new descriptor has another epoch or other slots: stop and start the index");
    }
    return OK;
}

err_t service_set_descriptor(struct service *service, const struct descriptor *next) {
    pthread_rwlock_wrlock(&service->lock);
    err_t err = descriptor_follows(next, &service->descriptor);
    if (!err) {
        err = same_slots(next, &service->descriptor);
    }
    if (!err) {
        service->descriptor = *next;
        status_of(next, &service->status);
    }
    pthread_rwlock_unlock(&service->lock);
    return err;
}

struct feed_count {
    uint64_t fresh, total;
};

static void count_feed(const struct feed *feed, void *ctx) {
    struct feed_count *count = ctx;
    count->total++;
    count->fresh += feed->fresh ? 1 : 0;
}

struct feeds service_feeds(const struct service *service) {
    return (struct feeds){service->engine, service->access, service->feed_fresh_days};
}

err_t service_count_feeds(struct service *service) {
    int64_t now_s = clock_now_s(service->clock);
    struct feed_count count = {0};
    const struct feeds feeds = service_feeds(service);
    err_t err = feeds_each(&feeds, now_s, count_feed, &count);
    if (err) {
        return err;
    }
    pthread_rwlock_wrlock(&service->lock);
    service->status.feeds_fresh = count.fresh;
    service->status.feeds_total = count.total;
    service->status.feeds_as_of = now_s;
    pthread_rwlock_unlock(&service->lock);
    return OK;
}

err_t service_count_feeds_daily(struct service *service) {
    pthread_rwlock_rdlock(&service->lock);
    int64_t counted = service->status.feeds_as_of / SECONDS_A_DAY;
    pthread_rwlock_unlock(&service->lock);
    return counted == clock_now_s(service->clock) / SECONDS_A_DAY ? OK : service_count_feeds(service);
}

void service_scheme_status(struct service *service, struct scheme_status *out) {
    pthread_rwlock_rdlock(&service->lock);
    *out = service->status;
    pthread_rwlock_unlock(&service->lock);
}

void service_descriptor(struct service *service, struct descriptor *out) {
    pthread_rwlock_rdlock(&service->lock);
    *out = service->descriptor;
    pthread_rwlock_unlock(&service->lock);
}

uint64_t service_descriptor_version(struct service *service) {
    pthread_rwlock_rdlock(&service->lock);
    uint64_t version = service->descriptor.version;
    pthread_rwlock_unlock(&service->lock);
    return version;
}

int64_t service_descriptor_expires(struct service *service) {
    pthread_rwlock_rdlock(&service->lock);
    const int64_t expires = service->descriptor.expires;
    pthread_rwlock_unlock(&service->lock);
    return expires;
}
