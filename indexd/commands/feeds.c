// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "indexd/commands/commands.h"

#define SECONDS_A_DAY 86400

struct listing {
    json_t *feeds;
    bool failed;
};

static void add(const struct feed *feed, void *ctx) {
    struct listing *listing = ctx;
    char day[CLOCK_TEXT_SIZE];
    clock_format(feed->last_day * SECONDS_A_DAY, day);
    json_t *last = feed->last_day == 0 ? json_null() : json_stringn(day, sizeof "2026-11-22" - 1);
    json_t *row = json_pack("{s:s, s:o, s:b, s:I}", "agency", feed->agency, "last", last, "fresh", feed->fresh, "epoch",
                            (json_int_t)feed->moved);
    listing->failed = json_array_append_new(listing->feeds, row) != 0 || listing->failed;
}

err_t command_feeds(struct service *service, const json_t *command, json_t *reply) {
    struct listing listing = {.feeds = json_array()};
    const struct feeds feeds = service_feeds(service);
    err_t err = json_read(command, NULL, 0);
    if (!err) {
        err = feeds_each(&feeds, clock_now_s(service->clock), add, &listing);
    }
    if (!err && (listing.failed || json_object_set(reply, "feeds", listing.feeds) != 0)) {
        err = err_set(ERR_MEMORY, "no memory for the feeds");
    }
    json_decref(listing.feeds);
    return err;
}
