// SPDX-License-Identifier: Apache-2.0
// Bad input to real daemons and to the command: each kind is refused with its status and a clear message, and no
// refusal can be read as an answer.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/routes.h"
#include "tests/support/house.h"

#define TOKEN "\"AAECAwQFBgcICQoLDA0ODw==\""
#define EMPTY "\"AAAAAAAAAAAAAAAAAAAAAA==\""
#define CHILD "[" TOKEN "," EMPTY "," EMPTY "," EMPTY "," EMPTY "," EMPTY "]"
#define HEADER "ref,forenames,surname,date_of_birth,nhs_number,upn\n"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(refusals, .init = open_house, .fini = close_house);

struct refusal {
    int holder; // 0: the index
    const char *path, *body;
    int status;
    err_t err;        // that the problem document names
    const char *word; // that its detail holds
};

static void expect_refusal(const char *client_name, const struct refusal *row) {
    struct http_client *client = house_client(&house, client_name);
    struct http_exchange exchange = house_exchange(client, row->holder, row->path, row->body);
    cr_expect_eq(exchange.status, row->status, "%s %.60s: %d instead of %d (%s)", row->path, row->body, exchange.status,
                 row->status, exchange.detail);
    const char *text = exchange.reply.len ? buf_str(&exchange.reply) : "";
    cr_expect_eq(exchange.err, row->err, "%s: %s instead of %s", exchange.detail, err_text(exchange.err),
                 err_text(row->err));
    cr_expect_not_null(strstr(exchange.detail, row->word), "\"%s\" lacks \"%s\"", exchange.detail, row->word);
    cr_expect_null(strstr(text, "\"answers\""));
    buf_free(&exchange.reply);
    http_client_free(client);
}

Test(refusals, the_index_refuses_every_malformed_question) {
    static const struct refusal rows[] = {
        {0, ROUTE_QUESTIONS, "{\"purpose\": \"assessment\", \"epochs\": [1], \"children\": [", 400, ERR_INPUT, "line"},
        {0, ROUTE_QUESTIONS, "[]", 400, ERR_INPUT, ""},
        {0, ROUTE_QUESTIONS, "{\"epochs\": [1], \"children\": [" CHILD "]}", 400, ERR_INPUT, "purpose"},
        {0, ROUTE_QUESTIONS, "{\"purpose\": \"curiosity\", \"epochs\": [1], \"children\": [" CHILD "]}", 400, ERR_INPUT,
         "purpose"},
        {0, ROUTE_QUESTIONS, "{\"purpose\": \"assessment\", \"epochs\": [1], \"children\": []}", 400, ERR_INPUT,
         "children"},
        {0, ROUTE_QUESTIONS, "{\"purpose\": \"assessment\", \"epochs\": [1], \"children\": [[" TOKEN "]]}", 400,
         ERR_INPUT, "children"},
        {0, ROUTE_QUESTIONS,
         "{\"purpose\": \"assessment\", \"epochs\": [1], \"children\": [[" EMPTY "," EMPTY "," EMPTY "," EMPTY "," EMPTY
         "," EMPTY "]]}",
         400, ERR_INPUT, "children"},
        {0, ROUTE_QUESTIONS,
         "{\"purpose\": \"assessment\", \"epochs\": [1], \"children\": [[\"not base64\"," EMPTY "," EMPTY "," EMPTY
         "," EMPTY "," EMPTY "]]}",
         400, ERR_INPUT, "base64"},
        {0, ROUTE_QUESTIONS,
         "{\"purpose\": \"assessment\", \"name\": \"x\", \"epochs\": [1], \"children\": [" CHILD "]}", 400, ERR_INPUT,
         "not known"},
        {0, ROUTE_QUESTIONS,
         "{\"purpose\": \"assessment\", \"purpose\": \"referral\", \"epochs\": [1], \"children\": [" CHILD "]}", 400,
         ERR_INPUT, "repeated"},
        {0, ROUTE_QUESTIONS, NULL, 405, ERR_METHOD, ""},
        {0, "/v1/children", "{}", 404, ERR_NOT_FOUND, ""},
        {0, ROUTE_INVOLVEMENTS, "{\"epochs\": [1], \"changes\": [{\"action\": \"look\"}]}", 400, ERR_INPUT,
         "changes[0]"},
        {0, ROUTE_EVALUATIONS, "{}", 404, ERR_NOT_FOUND, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_refusal("south", &rows[i]);
    }
}

Test(refusals, a_key_holder_refuses_bad_elements_and_other_keys) {
    static const struct refusal rows[] = {
        {1, ROUTE_EVALUATIONS,
         "{\"epoch\":1,\"generation\":1,\"elements\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]}", 400,
         ERR_PROOF, ""},
        {2, ROUTE_EVALUATIONS,
         "{\"epoch\":1,\"generation\":1,\"elements\":[\"//////////////////////////////////////////8=\"]}", 400,
         ERR_PROOF, ""},
        {1, ROUTE_EVALUATIONS,
         "{\"epoch\":2,\"generation\":1,\"elements\":[\"4vKuCmq8Tnio+WHyAeR9dBCJH5Rf2Kk7o3r1G3dfL1Y=\"]}", 409,
         ERR_STALE, "epoch"},
        {3, ROUTE_EVALUATIONS,
         "{\"epoch\":1,\"generation\":9,\"elements\":[\"4vKuCmq8Tnio+WHyAeR9dBCJH5Rf2Kk7o3r1G3dfL1Y=\"]}", 409,
         ERR_STALE, "generation"},
        {1, ROUTE_EVALUATIONS, "{\"epoch\":1,\"generation\":1,\"elements\":[]}", 400, ERR_INPUT, "elements"},
        {1, ROUTE_QUESTIONS, "{}", 404, ERR_NOT_FOUND, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_refusal("south", &rows[i]);
    }
}

Test(refusals, an_oversized_body_is_refused_by_every_daemon) {
    size_t len = MAX_BODY + 1;
    char *body = malloc(len + 1);
    memset(body, ' ', len);
    body[len] = '\0';
    expect_refusal("south", &(struct refusal){0, ROUTE_QUESTIONS, body, 413, ERR_TOO_LARGE, ""});
    expect_refusal("south", &(struct refusal){1, ROUTE_EVALUATIONS, body, 413, ERR_TOO_LARGE, ""});
    free(body);
}

Test(refusals, who_may_not_ask_is_refused) {
    struct refusal question = {
        0,   ROUTE_QUESTIONS, "{\"purpose\": \"assessment\", \"epochs\": [1], \"children\": [" CHILD "]}",
        403, ERR_DENIED,      ""};
    expect_refusal("officer", &question); // an administrator
    expect_refusal("index", &question);
    question.body =
        "{\"purpose\": \"assessment\", \"on_behalf_of\": \"kim\", \"epochs\": [1], \"children\": [" CHILD "]}";
    question.word = "on_behalf_of";
    expect_refusal("jo", &question); // a person speaks for nobody else
}

Test(refusals, a_denied_client_is_refused_on_its_open_connection) {
    struct http_client *client = house_client(&house, "jo");
    struct http_exchange before = house_exchange(client, 0, ROUTE_WHOAMI, NULL);
    cr_assert_eq(before.status, 200);
    struct outcome denied = house_run(&house, "indexd/indexctl", NULL, "deny", "--config", "index.ini",
                                      "urn:signpost:demo:agency:south:person:jo", NULL);
    cr_assert_eq(denied.exit_code, 0, "%s", denied.err);
    struct http_exchange after = house_exchange(client, 0, ROUTE_WHOAMI, NULL);
    cr_expect_eq(after.status, 403);
    cr_expect_eq(after.connect_us, 0, "the connection was made anew");
    http_client_free(client);
    struct http_client *colleague = house_client(&house, "south");
    struct http_exchange other = house_exchange(colleague, 0, ROUTE_WHOAMI, NULL);
    cr_expect_eq(other.status, 200);
    http_client_free(colleague);
    buf_free(&before.reply);
    buf_free(&after.reply);
    buf_free(&other.reply);
    outcome_free(&denied);
}

Test(refusals, denying_an_agency_denies_its_people_and_outlives_a_restart) {
    struct outcome denied = house_run(&house, "indexd/indexctl", NULL, "deny", "--config", "index.ini",
                                      "urn:signpost:demo:agency:south", NULL);
    cr_assert_eq(denied.exit_code, 0, "%s", denied.err);
    outcome_free(&denied);
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    house_start_index(&house);
    house_expect(&house, "jo", "x,Leo,Ramsbottom,2017-08-30,,", "could-not-be-answered");
    house_expect(&house, "south", "x,Leo,Ramsbottom,2017-08-30,,", "could-not-be-answered");
    house_expect(&house, "north", "x,Leo,Ramsbottom,2017-08-30,,", "no");
}

Test(refusals, denying_nobody_known_is_an_error) {
    struct outcome denied = house_run(&house, "indexd/indexctl", NULL, "deny", "--config", "index.ini", "south", NULL);
    cr_expect_eq(denied.exit_code, 2);
    cr_expect_neq(denied.err[0], '\0');
    outcome_free(&denied);
}

Test(refusals, bad_rows_are_reported_without_their_values_and_good_ones_go_on) {
    house_write(&house, "mixed.csv",
                HEADER "good,Leo,Ramsbottom,2017-08-30,9990000115,\n"
                       "digit,Leo,Ackroyd,2017-08-30,9990000116,\n"
                       "date,Leo,Sutcliffe,2017-02-30,,\n"
                       "upn,Leo,Entwistle,2017-02-03,,B123456789012\n"
                       "few,Leo,,,,\n"
                       "short,Leo\n");
    struct outcome outcome = house_signpost(&house, "north", NULL, "register", "--csv", "mixed.csv", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "opened 3"), "%s", outcome.out);
    outcome_free(&outcome);
    char *rejects = house_read(&house, "mixed.csv.rejects.csv");
    static const char *const refs[] = {"\n3,\"digit\",nhs_number,", "\n4,\"date\",date_of_birth,", "\n5,\"upn\",upn,",
                                       "\n6,\"few\",", "\n7,"};
    for (size_t i = 0; i < sizeof refs / sizeof refs[0]; i++) {
        cr_expect_not_null(strstr(rejects, refs[i]), "no %s in %s", refs[i] + 1, rejects);
    }
    cr_expect_null(strstr(rejects, "9990000116"));
    cr_expect_null(strstr(rejects, "Ackroyd"));
    free(rejects);
    house_expect(&house, "south", "x,Leo,Ramsbottom,2017-08-30,9990000115,", "yes");
}

Test(refusals, an_unknown_column_refuses_the_whole_file) {
    house_write(&house, "odd.csv", "ref,forenames,surname,date_of_birth,nhs_number,upn,religion\n");
    struct outcome outcome = house_signpost(&house, "north", NULL, "register", "--csv", "odd.csv", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.err, "column"), "%s", outcome.err);
    outcome_free(&outcome);
}

Test(refusals, too_few_details_are_never_sent) {
    struct outcome outcome = house_signpost(&house, "jo", "Leo\n\n\n\n\n\n\n", "ask", "--purpose", "assessment", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "COULD NOT BE ANSWERED. This is not a no."), "%s", outcome.out);
    outcome_free(&outcome);
}

Test(refusals, usage_errors_are_never_exit_code_1) {
    struct outcome outcome = house_signpost(&house, "jo", NULL, "ask", "--name", "Leo", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    outcome_free(&outcome);
    outcome = house_signpost(&house, "jo", NULL, "guess", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    outcome_free(&outcome);
}
