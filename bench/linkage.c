// SPDX-License-Identifier: Apache-2.0
// How well a match-key set links truth-labelled caseloads (column `entity`), by the client's own key derivation.
//
//   linkage A.csv [B.csv] [--set core|address] [--without-id] [--json]
#include <inttypes.h>
#include <stdio.h>

#include "base/options.h"
#include "bench/pairs.h"

#define LINKAGE_FILES_MAX 2

struct arguments {
    const char *path[LINKAGE_FILES_MAX];
    int paths;
    const char *set;
    bool without_id, json, help;
};

static err_t arguments_read(int argc, char **argv, struct arguments *out) {
    const struct option_row rows[] = {
        {"set", "NAME", OPTION_TEXT, &out->set, 0, 0, "core (default) or address"},
        {"without-id", NULL, OPTION_FLAG, &out->without_id, 0, 0, "as if no row had an NHS number or a UPN"},
        {"json", NULL, OPTION_FLAG, &out->json, 0, 0, "one JSON document"},
    };
    const struct option_usage usage = {"linkage", "A.csv [B.csv] [OPTIONS]",
                                       "Links truth-labelled caseloads by match keys and counts what is right.", NULL};
    // Options may stand before, between and after the files: each file begins the next stretch of options.
    err_t err = OK;
    int first = 0;
    while (err == OK && !out->help && argc > 0) {
        err = options_read(argc, argv, &usage, rows, sizeof(rows) / sizeof(rows[0]), &first, &out->help);
        argc -= first;
        argv += first;
        if (err == OK && argc > 0 && out->paths == LINKAGE_FILES_MAX) {
            err = err_set(ERR_INPUT, "at most %d files", LINKAGE_FILES_MAX);
        } else if (err == OK && argc > 0) {
            out->path[out->paths++] = argv[0];
        }
    }
    return err == OK && !out->help && out->paths == 0 ? err_set(ERR_INPUT, "no file; see --help") : err;
}

static double ratio(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : (double)part / (double)whole;
}

static double precision(const struct tally *tally) {
    return tally->true_pairs + tally->false_pairs == 0
               ? 1
               : ratio(tally->true_pairs, tally->true_pairs + tally->false_pairs);
}

static void print_row(const char *name, const struct tally *tally, uint64_t expected) {
    printf("%-22s %10" PRIu64 " %8" PRIu64 " %8" PRIu64 "   %.4f   %.4f\n", name, tally->true_pairs, tally->false_pairs,
           expected - tally->true_pairs, precision(tally), ratio(tally->true_pairs, expected));
}

static void print_table(const struct match_set *set, const struct pairs_result *result) {
    printf("%-22s %10s %8s %8s  precision  recall\n", set->name, "true", "false", "missed");
    for (size_t i = 0; i < result->slot_count; i++) {
        print_row(set->slots[i].name, &result->slot[i], result->expected);
    }
    print_row("sure slots", &result->sure, result->expected);
    print_row("all slots", &result->all, result->expected);
    printf("of %" PRIu64 " records with a true partner, %" PRIu64 " find one (%.4f)\n", result->with_partner,
           result->finding_partner, ratio(result->finding_partner, result->with_partner));
    printf("asked one by one: yes %" PRIu64 " (%" PRIu64 " wrong), possibly %" PRIu64 " (%" PRIu64
           " wrong), no %" PRIu64 ", rejected %" PRIu64 "\n",
           result->yes.true_pairs + result->yes.false_pairs, result->yes.false_pairs,
           result->possibly.true_pairs + result->possibly.false_pairs, result->possibly.false_pairs, result->no,
           result->not_asked);
}

static void print_json_tally(const char *name, const struct tally *tally, uint64_t expected, const char *after) {
    printf("    \"%s\": {\"true\": %" PRIu64 ", \"false\": %" PRIu64 ", \"missed\": %" PRIu64
           ", \"precision\": %.6f, \"recall\": %.6f}%s\n",
           name, tally->true_pairs, tally->false_pairs, expected - tally->true_pairs, precision(tally),
           ratio(tally->true_pairs, expected), after);
}

static void print_json(const struct match_set *set, const struct pairs_result *result) {
    printf("{\"set\": \"%s\", \"true_pairs_expected\": %" PRIu64 ",\n  \"pairs\": {\n", set->name, result->expected);
    for (size_t i = 0; i < result->slot_count; i++) {
        print_json_tally(set->slots[i].name, &result->slot[i], result->expected, ",");
    }
    print_json_tally("sure", &result->sure, result->expected, ",");
    print_json_tally("all", &result->all, result->expected, "");
    printf("  },\n  \"with_partner\": %" PRIu64 ", \"finding_partner\": %" PRIu64 ",\n", result->with_partner,
           result->finding_partner);
    printf("  \"yes\": {\"right\": %" PRIu64 ", \"wrong\": %" PRIu64 "}, \"possibly\": {\"right\": %" PRIu64
           ", \"wrong\": %" PRIu64 "}, \"no\": %" PRIu64 ", \"rejected\": %" PRIu64 "}\n",
           result->yes.true_pairs, result->yes.false_pairs, result->possibly.true_pairs, result->possibly.false_pairs,
           result->no, result->not_asked);
}

int main(int argc, char **argv) {
    struct arguments arguments = {.set = "core"};
    struct pairs_result result;
    err_t err = arguments_read(argc, argv, &arguments);
    if (err == OK && arguments.help) {
        return 0;
    }
    const struct match_set *set = match_set_find(arguments.set);
    if (err == OK && set == NULL) {
        err = err_set(ERR_INPUT, "no key set of that name");
    }
    if (err == OK) {
        struct pairs_order order = {arguments.path[0], arguments.path[1], set, arguments.without_id};
        err = pairs_count(&order, &result);
    }
    if (err != OK) {
        fprintf(stderr, "linkage: %s\n", err_detail());
        return 2;
    }
    (arguments.json ? print_json : print_table)(set, &result);
    return 0;
}
