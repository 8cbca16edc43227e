// SPDX-License-Identifier: Apache-2.0
// indexctl feeds: which agencies feed the index, and when each last did.
#include <stdio.h>

#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"

static void print_feed(const json_t *feed) {
    const char *last = json_string_value(json_object_get(feed, "last"));
    const json_int_t moved = json_integer_value(json_object_get(feed, "epoch"));
    printf("%-8s %-10s %s", json_is_true(json_object_get(feed, "fresh")) ? "fresh" : "stale", last ? last : "never",
           json_string_value(json_object_get(feed, "agency")));
    if (moved > 0) {
        printf("  moved to epoch %lld", (long long)moved);
    }
    printf("\n");
}

static void print_feeds(const json_t *feeds) {
    for (size_t i = 0; i < json_array_size(feeds); i++) {
        print_feed(json_array_get(feeds, i));
    }
}

int run_feeds(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl feeds", "--config FILE [--json]",
        "Lists the agencies that are expected to feed the running index: whether each is up to date, and the day on "
        "which its system last sent something.",
        "Exit codes: 0 printed, 2 could not be read."};
    return request_list(argc, argv, &usage, "feeds", print_feeds);
}
