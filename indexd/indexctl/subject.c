// SPDX-License-Identifier: Apache-2.0
// indexctl subject-access: what the index knows about one child, for the child or who stands for it.
#include <stdio.h>
#include <string.h>

#include "indexd/indexctl/signing.h"
#include "indexd/indexctl/subcommands.h"

static const char *text(const json_t *object, const char *field) {
    const char *value = json_string_value(json_object_get(object, field));
    return value ? value : "";
}

static long long number(const json_t *object, const char *field) {
    return (long long)json_integer_value(json_object_get(object, field));
}

static void print_numbers(const json_t *numbers) {
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach(numbers, i, item) {
        printf("%s %lld", i > 0 ? "," : "", (long long)json_integer_value(item));
    }
}

static void print_searched(const json_t *searched) {
    size_t i = 0;
    const json_t *item = NULL;
    printf("Searched: scheme %s, key epoch", text(searched, "scheme"));
    print_numbers(json_object_get(searched, "epochs"));
    printf(", by %lld names of the child, with the tokens", number(searched, "names"));
    json_array_foreach(json_object_get(searched, "tokens"), i, item) {
        printf("%s %s", i > 0 ? "," : "", json_string_value(item));
    }
    printf(";\n%lld records of the journal, and the involvements that stand now.\n",
           number(searched, "journal_records"));
    const json_t *missing = json_object_get(searched, "epochs_not_searched");
    if (json_array_size(missing) > 0) {
        printf("Not searched: what was asked and recorded under the key of epoch");
        print_numbers(missing);
        printf(". There are no tokens of it: the key was destroyed, or too few holders answered for it.\n");
    }
    json_array_foreach(json_object_get(searched, "months"), i, item) {
        bool destroyed = json_is_true(json_object_get(item, "key_destroyed"));
        printf("  %s: %lld records%s\n", text(item, "month"), number(item, "records"),
               destroyed ? ", which nobody can read any more: the month's key was destroyed" : "");
    }
}

static void print_asked(const json_t *rows, const char *match) {
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(rows, i, row) {
        if (strcmp(text(row, "match"), match) == 0) {
            printf("  %s  %s%s%s%s  for %s: %s  (%s)\n", text(row, "time"), text(row, "agency"),
                   text(row, "person")[0] ? " " : "", text(row, "person"),
                   json_is_true(json_object_get(row, "person_named_by_system")) ? " (named by the agency's system)"
                                                                                : "",
                   text(row, "purpose"), text(row, "answer"), text(row, "reference"));
        }
    }
}

static void print_recorded(const json_t *rows, const char *match) {
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(rows, i, row) {
        if (strcmp(text(row, "match"), match) == 0) {
            printf("  %s: %s, until %s%s%s\n", text(row, "agency"), text(row, "state"), text(row, "until"),
                   json_is_true(json_object_get(row, "quiet")) ? ", quiet" : "",
                   json_is_true(json_object_get(row, "shielded")) ? ", shielded" : "");
        }
    }
}

static void print_report(const json_t *reply) {
    const json_t *asked = json_object_get(reply, "asked");
    const json_t *recorded = json_object_get(reply, "recorded");
    print_searched(json_object_get(reply, "searched"));
    printf("\nQuestions that shared the child's number, or its names and date of birth:\n");
    print_asked(asked, "sure");
    printf("Questions about a child whose details are similar; it may be another child:\n");
    print_asked(asked, "similar");
    printf("\nAgencies that are recorded under the child's number, or its names and date of birth:\n");
    print_recorded(recorded, "sure");
    printf("Agencies that are recorded for a child whose details are similar; it may be another child:\n");
    print_recorded(recorded, "similar");
    printf(
        "\n%s\nWhat was entered under other details of the child is not found by these.\n",
        json_is_true(json_object_get(reply, "all"))
            ? "Two officers signed: entries that are shielded, quiet or of the police are listed with the others."
            : "Entries that are shielded, quiet or of the police are never listed here, whether or not there are any.");
}

int run_subject_access(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl subject-access",
        "--config FILE --tokens FILE --reason TEXT --as CERTIFICATE --key KEY [--all] [--out FILE] [--json]",
        "Lists who asked about a child, when, for which purpose and with which answer, and which agencies are "
        "recorded. A "
        "data-protection officer signs; with --all, two.",
        "The tokens are made by: signpost subject-access --out FILE. Remove the file afterwards, and the list when it "
        "was handed over.\nExit codes: 0 listed, 2 not listed."};
    struct signing signing = {0};
    const char *tokens = NULL;
    bool all = false;
    const struct option_row rows[] = {
        {"tokens", "FILE", OPTION_TEXT, &tokens, 0, 0, "The child's tokens."},
        {"all", NULL, OPTION_FLAG, &all, 0, 0, "Shielded, quiet and police entries too; two officers sign."},
        ACT_ROWS(&signing),
    };
    struct request request;
    json_t *attachment = NULL;
    json_t *reply = NULL;
    int exit_code = request_read(argc, argv, &usage, rows, 2 + ACT_ROW_COUNT, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    err_t err = tokens ? signing_attachment(tokens, &attachment) : err_set(ERR_INPUT, "--tokens is needed");
    if (!err) {
        err = signing_perform(&request, &signing, "subject-access", json_pack("{s:b}", "all", all), attachment, &reply);
    }
    if (!err && reply && request.json) {
        json_dumpf(reply, stdout, JSON_INDENT(2));
        printf("\n");
    } else if (!err && reply) {
        print_report(reply);
    } else if (!err) {
        printf("written to %s\n", signing.out);
    }
    json_decref(reply);
    json_decref(attachment);
    request_free(&request);
    return err ? request_fail(err, "nothing was listed") : DONE;
}
