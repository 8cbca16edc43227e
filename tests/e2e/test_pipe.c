// SPDX-License-Identifier: Apache-2.0
// `signpost pipe` over real daemons, and the examples of docs/pipe.md.
#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/house.h"

#define AMELIA "case-1,Amelia Rose,Featherstone,2016-04-21,9990000115,"
#define AMELIA_JSON                                                                                                    \
    "\"forenames\":\"Amelia Rose\",\"surname\":\"Featherstone\",\"date_of_birth\":\"21/4/2016\",\"nhs_number\":"       \
    "\"999 000 0115\""
#define BY_EAR_JSON "\"forenames\":\"Amelia\",\"surname\":\"Fetherstone\",\"date_of_birth\":\"2016-04-21\",\"upn\":null"
#define STRANGER_JSON                                                                                                  \
    "\"forenames\":\"Oluwaseun\",\"surname\":\"Adeyemi\",\"date_of_birth\":\"2013-11-02\",\"nhs_number\":"             \
    "\"9990000220\""
#define ASK "{\"id\":1,\"do\":\"ask\",\"purpose\":\"assessment\",\"children\":["
#define LINE_MAX_BYTES (512 * 1024)

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(pipe, .init = open_house, .fini = close_house);

// The replies to all lines of `input`, which end with exit code 0. The caller frees.
static json_t *replies_to(const char *client, const char *input) {
    struct outcome outcome = house_signpost(&house, client, input, "pipe", NULL);
    json_t *replies = json_array();
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    for (char *rest = NULL, *line = strtok_r(outcome.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_t *reply = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        cr_assert_not_null(reply, "not JSON: %s", line);
        json_array_append_new(replies, reply);
    }
    outcome_free(&outcome);
    return replies;
}

static const char *text_at(const json_t *reply, const char *name, size_t i) {
    const char *text = json_string_value(json_array_get(json_object_get(reply, name), i));
    return text ? text : "";
}

static const char *text_of(const json_t *reply, const char *name) {
    const char *text = json_string_value(json_object_get(reply, name));
    return text ? text : "";
}

// One line is answered by one result.
static void change_and_expect(const char *client, const char *line, const char *result) {
    json_t *replies = replies_to(client, line), *reply = json_array_get(replies, 0);
    cr_assert_eq(json_array_size(replies), 1);
    cr_assert_str_eq(text_at(reply, "results", 0), result, "%s", text_at(reply, "reasons", 0));
    cr_assert_eq(json_is_null(json_array_get(json_object_get(reply, "reasons"), 0)), strcmp(result, "not-done") != 0);
    json_decref(replies);
}

Test(pipe, answers_as_the_command_does_line_for_line_in_order) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    json_t *replies = replies_to(
        "south", ASK
        "{" AMELIA_JSON "},{" BY_EAR_JSON "},{" STRANGER_JSON "}]}\n"
        "{\"do\":\"ask\",\"on_behalf_of\":\"jo\",\"purpose\":\"referral\",\"id\":\"two\",\"children\":[{" STRANGER_JSON
        "}]}\r\n{\"id\":-3,\"do\":\"whoami\"}");
    cr_assert_eq(json_array_size(replies), 3);
    const json_t *first = json_array_get(replies, 0), *second = json_array_get(replies, 1);
    cr_assert_eq(json_integer_value(json_object_get(first, "id")), 1);
    cr_assert_str_eq(text_at(first, "answers", 0), "yes");
    cr_assert_str_eq(text_at(first, "answers", 1), "possibly");
    cr_assert_str_eq(text_at(first, "answers", 2), "no");
    cr_assert_eq(json_array_size(json_object_get(first, "reasons")), 3);
    cr_assert_eq(strncmp(text_at(first, "messages", 0), "YES. Another agency ", 20), 0);
    cr_assert_eq(strlen(text_of(first, "reference")), 11);
    cr_assert_eq(strlen(text_of(first, "answered_at")), 20);
    cr_assert_str_eq(text_of(second, "id"), "two");
    cr_assert_str_eq(text_at(second, "answers", 0), "no");
    cr_assert_str_neq(text_of(second, "reference"), text_of(first, "reference"));
    cr_assert_str_eq(text_of(json_array_get(replies, 2), "identity"), "urn:signpost:demo:agency:south");
    json_decref(replies);
}

Test(pipe, registers_replaces_closes_and_withdraws_under_a_reference) {
    change_and_expect("north", "{\"do\":\"register\",\"children\":[{\"ref\":\"case-1\"," AMELIA_JSON "}]}", "opened");
    change_and_expect("north", "{\"do\":\"register\",\"children\":[{\"ref\":\"case-1\"," AMELIA_JSON "}]}",
                      "unchanged");
    house_expect(&house, "south", AMELIA, "yes");
    change_and_expect(
        "north", "{\"do\":\"replace\",\"children\":[{\"ref\":\"case-1\"," STRANGER_JSON ",\"was\":{" AMELIA_JSON "}}]}",
        "replaced");
    house_expect(&house, "south", AMELIA, "no");
    change_and_expect("north", "{\"do\":\"close\",\"children\":[{\"ref\":\"case-1\"," AMELIA_JSON "}]}", "not-done");
    change_and_expect("north", "{\"do\":\"close\",\"children\":[{\"ref\":\"case-1\"," STRANGER_JSON "}]}", "closed");
    change_and_expect("north", "{\"do\":\"withdraw\",\"children\":[{\"ref\":\"case-1\"," STRANGER_JSON "}]}",
                      "withdrawn");
    change_and_expect(
        "north",
        "{\"do\":\"register\",\"children\":[{\"ref\":\"case-2\",\"status\":\"previous\",\"quiet\":false," AMELIA_JSON
        "}]}",
        "opened");
    house_expect(&house, "south", AMELIA, "previously");
    change_and_expect("north", "{\"do\":\"withdraw\",\"children\":[{\"ref\":\"case-1\",\"nhs_number\":\"1\"}]}",
                      "not-done");
}

Test(pipe, a_registration_with_a_purpose_asks_in_its_own_transaction) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    json_t *replies =
        replies_to("south", "{\"do\":\"register\",\"purpose\":\"caseload\",\"children\":[{\"ref\":\"a\"," AMELIA_JSON
                            "},{\"ref\":\"b\"," STRANGER_JSON "}]}");
    const json_t *reply = json_array_get(replies, 0);
    cr_assert_str_eq(text_at(reply, "results", 1), "opened");
    cr_assert_str_eq(text_at(reply, "answers", 0), "yes");
    cr_assert_str_eq(text_at(reply, "answers", 1), "no");
    cr_assert_eq(strlen(text_of(reply, "reference")), 11);
    json_decref(replies);
}

Test(pipe, a_child_is_found_by_an_alias_and_wrong_details_have_a_reason_and_no_answer) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    json_t *replies = replies_to(
        "south", ASK
        "{\"forenames\":\"Rose\",\"surname\":\"Brown\",\"date_of_birth\":\"2016-04-21\",\"aliases\":[{\"forenames\":"
        "\"Amelia Rose\",\"surname\":\"Featherstone\"}]},{\"nhs_number\":\"9990000116\"},{}]}");
    const json_t *reply = json_array_get(replies, 0);
    cr_assert_str_eq(text_at(reply, "answers", 0), "yes");
    cr_assert_str_eq(text_at(reply, "answers", 1), "could-not-be-answered");
    cr_assert_not_null(strstr(text_at(reply, "reasons", 1), "nhs_number"));
    cr_assert_str_eq(text_at(reply, "answers", 2), "could-not-be-answered");
    cr_assert_eq(strncmp(text_at(reply, "messages", 2), "COULD NOT BE ANSWERED. This is not a no.", 40), 0);
    json_decref(replies);
}

Test(pipe, refuses_a_wrong_line_in_its_place_and_repeats_nothing_of_it) {
    static const struct {
        const char *line, *words;
    } rows[] = {
        {"", "the document ends too early"},
        {"Featherstone", "not JSON"},
        {"[\"Featherstone\"]", "one JSON object"},
        {"{\"do\":\"ask\"", "the document ends too early"},
        {"{\"do\":\"whoami\"}{}", "text follows the end"},
        {"{\"do\":\"whoami\",\"do\":\"ask\"}", "a field is repeated"},
        {"{\"id\":[\"Featherstone\"],\"do\":\"whoami\"}", "\"id\": a text of at most 128 bytes"},
        {"{\"id\":1}", "field \"do\""},
        {"{\"do\":\"Featherstone\"}", "field \"do\""},
        {"{\"do\":\"whoami\",\"Featherstone\":1}", "a field that is not known here"},
        {"{\"do\":\"ask\",\"purpose\":\"assessment\"}", "field \"children\": is missing"},
        {"{\"do\":\"ask\",\"purpose\":\"assessment\",\"children\":[]}", "at least one"},
        {"{\"do\":\"ask\",\"children\":[{" STRANGER_JSON "}]}", "a purpose is missing"},
        {"{\"do\":\"ask\",\"purpose\":\"canary\",\"children\":[{" STRANGER_JSON "}]}", "the scheme's own"},
        {"{\"do\":\"ask\",\"purpose\":\"Featherstone\",\"children\":[{" STRANGER_JSON "}]}", "purpose"},
        {"{\"do\":\"ask\",\"purpose\":\"referral\",\"on_behalf_of\":\"X Y\",\"children\":[{" STRANGER_JSON "}]}",
         "on_behalf_of"},
        {ASK "\"Featherstone\"]}", "item 1: must be an object"},
        {ASK "{" STRANGER_JSON "},{\"given\":\"Featherstone\"}]}", "item 2: a field that is not known here"},
        {ASK "{\"surname\":7}]}", "\"surname\": must be a text"},
        {ASK "{\"ref\":\"x\"," STRANGER_JSON "}]}", "a field that is not known here"},
        {ASK "{" STRANGER_JSON ",\"aliases\":[{\"aliases\":[]}]}]}", "field \"aliases\", item 1: a field that is not"},
        {"{\"do\":\"register\",\"children\":[{" STRANGER_JSON "}]}", "field \"ref\": is missing"},
        {"{\"do\":\"register\",\"children\":[{\"ref\":null," STRANGER_JSON "}]}", "field \"ref\": must be a text"},
        {"{\"do\":\"register\",\"on_behalf_of\":\"jo\",\"children\":[{\"ref\":\"x\"," STRANGER_JSON "}]}", "goes with"},
        {"{\"do\":\"register\",\"children\":[{\"ref\":\"x\",\"status\":\"open\"," STRANGER_JSON "}]}",
         "neither current nor"},
        {"{\"do\":\"replace\",\"children\":[{\"ref\":\"x\"," STRANGER_JSON "}]}", "field \"was\": is missing"},
        {"{\"do\":\"replace\",\"children\":[{\"ref\":\"x\",\"was\":{\"ref\":\"x\"}," STRANGER_JSON "}]}",
         "field \"was\": a field that"},
        {"{\"do\":\"close\",\"purpose\":\"referral\",\"children\":[{\"ref\":\"x\"," STRANGER_JSON "}]}",
         "a field that is not known"},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    char *input = calloc(1, ROWS * 512);
    for (size_t i = 0; i < ROWS; i++) {
        strcat(strcat(input, rows[i].line), "\n");
    }
    strcat(input, ASK "{" STRANGER_JSON "}]}\n");
    struct outcome whole = house_signpost(&house, "south", input, "pipe", NULL);
    cr_assert_null(strstr(whole.out, "Featherstone"), "%s", whole.out);
    cr_assert_null(strstr(whole.err, "Featherstone"), "%s", whole.err);
    outcome_free(&whole);
    json_t *replies = replies_to("south", input);
    cr_assert_eq(json_array_size(replies), ROWS + 1);
    for (size_t i = 0; i < ROWS; i++) {
        const json_t *error = json_object_get(json_array_get(replies, i), "error");
        cr_expect_str_eq(text_of(error, "type"), "urn:signpost:problem:invalid-request", "line %zu", i);
        cr_expect_not_null(strstr(text_of(error, "detail"), rows[i].words), "line %zu: %s", i,
                           text_of(error, "detail"));
    }
    cr_assert_str_eq(text_at(json_array_get(replies, ROWS), "answers", 0), "no");
    json_decref(replies);
    free(input);
}

static void expect_too_large(const json_t *reply) {
    cr_assert_str_eq(text_of(json_object_get(reply, "error"), "type"), "urn:signpost:problem:too-large");
}

Test(pipe, a_line_as_long_as_it_may_be_is_read_and_a_longer_one_is_not) {
    char *input = calloc(1, 3 * LINE_MAX_BYTES);
    size_t len = (size_t)sprintf(input, "%s", ASK "{" STRANGER_JSON "}]}");
    memset(input + len, ' ', LINE_MAX_BYTES - len);
    strcat(input, "\n");
    memset(input + LINE_MAX_BYTES + 1, ' ', LINE_MAX_BYTES + 1);
    strcat(input, "\n" ASK "{" STRANGER_JSON "}]}");
    json_t *replies = replies_to("south", input);
    cr_assert_eq(json_array_size(replies), 3);
    cr_assert_str_eq(text_at(json_array_get(replies, 0), "answers", 0), "no");
    expect_too_large(json_array_get(replies, 1));
    cr_assert_str_eq(text_at(json_array_get(replies, 2), "answers", 0), "no");
    json_decref(replies);
    free(input);
}

static char *ask_for(size_t children, const char *aliases) {
    char *line = calloc(1, children * 64 + 4096), *end = line + sprintf(line, ASK);
    for (size_t i = 0; i < children; i++) {
        end += sprintf(end, "%s{\"nhs_number\":\"9990000220\"%s}", i ? "," : "", i ? "" : aliases);
    }
    strcat(end, "]}\n");
    return line;
}

Test(pipe, a_line_is_one_question_and_takes_no_more_children_than_that) {
    static const char *const aliases[] = {"", "", ",\"aliases\":[{\"surname\":\"Q\"}]"};
    static const size_t counts[] = {240, 241, 240};
    for (size_t i = 0; i < 3; i++) {
        char *line = ask_for(counts[i], aliases[i]);
        json_t *replies = replies_to("south", line);
        if (i == 0) {
            cr_assert_str_eq(text_at(json_array_get(replies, 0), "answers", 239), "no");
            cr_assert_str_not_empty(text_of(json_array_get(replies, 0), "reference"));
        } else {
            cr_assert_not_null(json_object_get(json_array_get(replies, 0), "error"));
        }
        json_decref(replies);
        free(line);
    }
}

Test(pipe, without_a_usable_setup_it_goes_on_and_answers_nothing) {
    house_write(&house, "south.ini", "colour = green\n");
    json_t *replies =
        replies_to("south", ASK "{" STRANGER_JSON "}]}\n{\"do\":\"close\",\"children\":[{\"ref\":\"x\"," STRANGER_JSON
                                "}]}\n{\"do\":\"whoami\"}");
    cr_assert_eq(json_array_size(replies), 3);
    cr_assert_str_eq(text_at(json_array_get(replies, 0), "answers", 0), "could-not-be-answered");
    cr_assert_not_null(strstr(text_at(json_array_get(replies, 0), "reasons", 0), "south.ini"));
    cr_assert(json_is_null(json_object_get(json_array_get(replies, 0), "reference")));
    cr_assert_str_eq(text_at(json_array_get(replies, 1), "results", 0), "not-done");
    cr_assert_str_eq(text_of(json_object_get(json_array_get(replies, 2), "error"), "type"),
                     "urn:signpost:problem:unavailable");
    json_decref(replies);
}

Test(pipe, ends_with_its_input_and_takes_no_operands) {
    json_t *replies = replies_to("south", "");
    cr_assert_eq(json_array_size(replies), 0);
    json_decref(replies);
    struct outcome outcome = house_signpost(&house, "south", "", "pipe", "Featherstone", NULL);
    cr_assert_eq(outcome.exit_code, 2);
    cr_assert_null(strstr(outcome.err, "Featherstone"));
    outcome_free(&outcome);
}

Test(pipe, reads_input_that_begins_with_a_byte_order_mark) {
    json_t *replies =
        replies_to("south", "\xef\xbb\xbf{\"do\":\"whoami\",\"id\":5}\n\xef\xbb\xbf{\"do\":\"whoami\"}\n");
    cr_assert_eq(json_integer_value(json_object_get(json_array_get(replies, 0), "id")), 5);
    cr_assert_not_null(json_object_get(json_array_get(replies, 1), "error"));
    json_decref(replies);
}

struct talk { // a pipe that runs
    pid_t pid;
    FILE *in, *out;
};

static struct talk talk_begin(const char *client) {
    int in[2], out[2];
    char program[512], config[64];
    snprintf(program, sizeof program, "%s/client/signpost", getenv("SIGNPOST_BUILD"));
    snprintf(config, sizeof config, "%s.ini", client);
    cr_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    signal(SIGPIPE, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        if (chdir(house.dir) != 0 || dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0) {
            _exit(126);
        }
        execl(program, program, "--config", config, "pipe", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return (struct talk){pid, fdopen(in[1], "w"), fdopen(out[0], "r")};
}

static int talk_end(struct talk *talk) {
    int status = -1;
    fclose(talk->in);
    if (talk->out) {
        cr_assert_eq(fgetc(talk->out), EOF);
        fclose(talk->out);
    }
    cr_assert_eq(waitpid(talk->pid, &status, 0), talk->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void talk_and_expect(struct talk *talk, const char *line, const char *answer) {
    char text[8192];
    fprintf(talk->in, "%s\n", line);
    fflush(talk->in);
    cr_assert_not_null(fgets(text, sizeof text, talk->out)); // comes while the input is open
    json_t *reply = json_loads(text, 0, NULL);
    cr_assert_str_eq(text_at(reply, "answers", 0), answer, "%s", text);
    json_decref(reply);
}

Test(pipe, answers_each_line_at_once_and_works_again_after_a_fault_of_the_network) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    struct talk talk = talk_begin("south");
    const char *line = ASK "{" AMELIA_JSON "}]}";
    talk_and_expect(&talk, line, "yes");
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    talk_and_expect(&talk, line, "could-not-be-answered");
    talk_and_expect(&talk, line, "could-not-be-answered");
    house_start_index(&house); // on another port: the configuration is read again too
    talk_and_expect(&talk, line, "yes");
    for (int holder = 1; holder <= 2; holder++) {
        cr_assert_eq(daemon_stop(&house.holders[holder - 1], SIGTERM), 0);
    }
    talk_and_expect(&talk, line, "could-not-be-answered");
    house_start_holder(&house, 1);
    talk_and_expect(&talk, line, "yes");
    cr_assert_eq(talk_end(&talk), 0);
}

Test(pipe, fails_when_nobody_reads_its_answers) {
    struct talk talk = talk_begin("south");
    fclose(talk.out);
    talk.out = NULL;
    fprintf(talk.in, "{\"do\":\"whoami\"}\n");
    cr_assert_eq(talk_end(&talk), 2);
}

// The block ```LANGUAGE of docs/pipe.md, as a file of the house.
static void write_example(const char *language, const char *name) {
    char fence[32], path[512];
    const char *docs = getenv("SIGNPOST_DOCS");
    if (!docs) {
        cr_skip_test("skipped: SIGNPOST_DOCS names no folder: run by `meson test`");
    }
    snprintf(path, sizeof path, "%s/pipe.md", docs);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    char *text = calloc(1, 1 << 16);
    cr_assert_gt(fread(text, 1, (1 << 16) - 1, file), 0);
    fclose(file);
    snprintf(fence, sizeof fence, "```%s\n", language);
    char *block = strstr(text, fence), *end = block ? strstr(block + 3, "```\n") : NULL;
    cr_assert_not_null(end, "docs/pipe.md has no example in %s", language);
    *end = '\0';
    house_write(&house, name, block + strlen(fence));
    free(text);
}

// Runs a command line in the house's folder, where `signpost` is found and configured.
static struct outcome run_example(const char *command) {
    char path[4096], config[512];
    snprintf(path, sizeof path, "%s/client:%s", getenv("SIGNPOST_BUILD"), getenv("PATH"));
    snprintf(config, sizeof config, "%s/south.ini", house.dir);
    setenv("PATH", path, 1);
    setenv("SIGNPOST_CONFIG", config, 1);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    return process_run(house.dir, argv, NULL);
}

Test(pipe, the_example_in_python_asks) {
    if (system("command -v python3 >/dev/null") != 0) {
        cr_skip_test("skipped: there is no python3");
    }
    write_example("python", "ask.py");
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    struct outcome outcome = run_example("python3 ask.py");
    cr_assert_str_eq(outcome.out, "yes\n", "%s", outcome.err);
    outcome_free(&outcome);
}

Test(pipe, the_example_in_java_asks) {
    if (system("command -v javac >/dev/null") != 0) {
        cr_skip_test("skipped: there is no javac");
    }
    write_example("java", "Ask.java");
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    struct outcome outcome = run_example("java -Xint Ask.java");
    cr_assert_not_null(strstr(outcome.out, "\"answers\":[\"yes\"]"), "%s%s", outcome.out, outcome.err);
    outcome_free(&outcome);
}
