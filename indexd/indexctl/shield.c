// SPDX-License-Identifier: Apache-2.0
// indexctl shield: children whose records nobody may find.
#include <stdio.h>

#include "indexd/indexctl/signing.h"
#include "indexd/indexctl/subcommands.h"

static json_int_t number(const json_t *object, const char *field) {
    return json_integer_value(json_object_get(object, field));
}

static void print_added(const json_t *reply) {
    const char *agency = NULL;
    json_t *records = NULL;
    printf("shield %lld: covers %lld numbers and hides %lld records\n", (long long)number(reply, "shield"),
           (long long)number(reply, "numbers"), (long long)number(reply, "hidden"));
    if (number(reply, "matches_by_names_alone") == 0) {
        printf("no other record shares a name and date\n");
        return;
    }
    printf(
        "%lld records share names alone, and are NOT hidden: they may be another child's. Speak to the agencies, and "
        "add what is\nthe child's by its handle (signpost shield --record):\n",
        (long long)number(reply, "matches_by_names_alone"));
    json_object_foreach(json_object_get(reply, "matches_of_agencies"), agency, records) {
        printf("  %s: %lld\n", agency, (long long)json_integer_value(records));
    }
}

static int perform(const struct request *request, const struct signing *signing, const char *act, json_t *arguments,
                   const json_t *attachment, void (*print)(const json_t *reply)) {
    json_t *reply = NULL;
    err_t err = signing_perform(request, signing, act, arguments, attachment, &reply);
    if (!err && reply && request->json) {
        json_dumpf(reply, stdout, JSON_INDENT(2));
        printf("\n");
    } else if (!err && reply) {
        print(reply);
    } else if (!err) {
        printf("written to %s\n", signing->out);
    }
    json_decref(reply);
    return err ? request_fail(err, "nothing was changed") : DONE;
}

static int run_add(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl shield add",
        "--config FILE --tokens FILE --reason TEXT --as CERTIFICATE --key KEY [--reference TEXT]",
        "Hides a child's records: those that stand under its NHS number or UPN, those that the file names, and every "
        "record that is fed under such a number later. Records that share names alone are not hidden but listed.",
        "The tokens are made by: signpost shield --out FILE. Remove the file afterwards.\n"
        "Exit codes: 0 added, 2 not added."};
    struct signing signing = {0};
    const char *tokens = NULL;
    const char *reference = "";
    const struct option_row rows[] = {
        {"tokens", "FILE", OPTION_TEXT, &tokens, 0, 0, "The child's tokens."},
        {"reference", "TEXT", OPTION_TEXT, &reference, 0, 0, "To find the shield again. Nothing about a child."},
        ACT_ROWS(&signing),
    };
    struct request request;
    json_t *attachment = NULL;
    int exit_code = request_read(argc, argv, &usage, rows, 2 + ACT_ROW_COUNT, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    err_t err = tokens ? signing_attachment(tokens, &attachment) : err_set(ERR_INPUT, "--tokens is needed");
    exit_code = err ? request_fail(err, "nothing was changed")
                    : perform(&request, &signing, "shield-add", json_pack("{s:s}", "reference", reference), attachment,
                              print_added);
    json_decref(attachment);
    request_free(&request);
    return exit_code;
}

static void print_lifted(const json_t *reply) {
    printf("lifted: %lld records are no longer hidden by it\n", (long long)number(reply, "records"));
}

static int run_lift(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl shield lift", "--config FILE --shield NUMBER --reason TEXT --as CERTIFICATE --key KEY [--out FILE]",
        "Ends a shield: what it alone hides can be found again. Two administrators sign.",
        "With --out the first signs, the second by: indexctl act sign; then: indexctl act run.\n"
        "Exit codes: 0 lifted, 2 not lifted."};
    struct signing signing = {0};
    int64_t shield = 0;
    const struct option_row rows[] = {
        {"shield", "NUMBER", OPTION_NUMBER, &shield, 1, INT64_MAX, "Its number, as indexctl shield list gives it."},
        ACT_ROWS(&signing),
    };
    struct request request;
    int exit_code = request_read(argc, argv, &usage, rows, 1 + ACT_ROW_COUNT, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    exit_code = shield ? perform(&request, &signing, "shield-lift", json_pack("{s:I}", "shield", (json_int_t)shield),
                                 NULL, print_lifted)
                       : request_fail(err_set(ERR_INPUT, "--shield is needed"), "nothing was changed");
    request_free(&request);
    return exit_code;
}

static void print_list(const json_t *shields) {
    size_t i = 0;
    const json_t *shield = NULL;
    printf("%-10s %-22s %8s %8s %s\n", "shield", "since", "numbers", "records", "reference");
    json_array_foreach(shields, i, shield) {
        printf("%-10lld %-22s %8lld %8lld %s\n", (long long)number(shield, "shield"),
               json_string_value(json_object_get(shield, "since")), (long long)number(shield, "numbers"),
               (long long)number(shield, "records"), json_string_value(json_object_get(shield, "reference")));
    }
}

static int run_list(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl shield list", "--config FILE [--json]",
                                              "Lists the shields of the running index.",
                                              "Exit codes: 0 printed, 2 could not be read."};
    return request_list(argc, argv, &usage, "shields", print_list);
}

int run_shield(int argc, char **argv) {
    static const struct subcommand rows[] = {
        {"add", run_add, "hide a child's records"},
        {"list", run_list, "list the shields"},
        {"lift", run_lift, "end a shield; two administrators"},
    };
    return subcommands_run(argc, argv, "indexctl shield", "Children whose records nobody may find.", rows,
                           sizeof rows / sizeof rows[0], NOT_DONE);
}
