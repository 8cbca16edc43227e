// SPDX-License-Identifier: Apache-2.0
// What the key sets find in truth-labelled records, and that it is right: a change of a rule must not lose children.
// The FEBRL files are not part of this repository: they are read from $SIGNPOST_SHARED/data/linkage.
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/pairs.h"
#include "tests/base/refusal.h"

struct aim {
    const char *set, *a, *b;
    bool without_id;
    uint64_t expected, found, wrong; // at least so many found of the expected, at most so many wrong
};

static const struct aim aims[] = {
    {"core", "febrl4a.csv", "febrl4b.csv", false, 5000, 4870, 0},
    {"core", "febrl4a.csv", "febrl4b.csv", true, 5000, 3447, 0},
    {"core", "febrl3.csv", NULL, false, 6538, 6188, 0},
    {"address", "febrl4a.csv", "febrl4b.csv", false, 5000, 4985, 5},
    {"address", "febrl4a.csv", "febrl4b.csv", true, 5000, 4793, 5},
    {"address", "febrl3.csv", NULL, false, 6538, 6480, 3},
};

static const char *path_of(const char *file, char *out, size_t size) {
    const char *shared = getenv("SIGNPOST_SHARED");
    if (file == NULL) {
        return NULL;
    }
    if (shared == NULL) {
        cr_skip_test("skipped: SIGNPOST_SHARED is not set, so that the FEBRL files are not at hand");
    }
    snprintf(out, size, "%s/data/linkage/%s", shared, file);
    if (access(out, R_OK) != 0) {
        cr_skip_test("skipped: no FEBRL file at %s", out);
    }
    return out;
}

Test(linkage, finds_the_children_of_the_febrl_files_and_no_strangers) {
    for (size_t i = 0; i < sizeof(aims) / sizeof(aims[0]); i++) {
        const struct aim *aim = &aims[i];
        char a[4096];
        char b[4096];
        struct pairs_order order = {path_of(aim->a, a, sizeof(a)), path_of(aim->b, b, sizeof(b)),
                                    match_set_find(aim->set), aim->without_id};
        struct pairs_result result;
        assert_ok(pairs_count(&order, &result));
        cr_expect_eq(result.expected, aim->expected);
        cr_expect_geq(result.all.true_pairs, aim->found, "%s, %s%s: %" PRIu64 " pairs of %" PRIu64, aim->set, aim->a,
                      aim->without_id ? " without the number" : "", result.all.true_pairs, aim->found);
        cr_expect_leq(result.all.false_pairs, aim->wrong, "%s, %s: %" PRIu64 " false pairs", aim->set, aim->a,
                      result.all.false_pairs);
        cr_expect_eq(result.sure.false_pairs, 0, "%s, %s: a false yes", aim->set, aim->a);
    }
}
