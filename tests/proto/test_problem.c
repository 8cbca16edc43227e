// SPDX-License-Identifier: Apache-2.0
#include "proto/problem.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"
#include "tests/proto/readers.h"

static void is_written(err_t err, const char *detail, const char *document) {
    struct buf out = {0};
    cr_assert_eq(problem_write(err, detail, &out), OK);
    cr_expect_str_eq(buf_str(&out), document);
    buf_free(&out);
}

Test(problem, is_an_rfc_9457_document) {
    is_written(ERR_DENIED, "this key is not on the roster",
               "{\"type\":\"urn:signpost:problem:denied\",\"title\":\"Not allowed\",\"status\":403,"
               "\"detail\":\"this key is not on the roster\"}");
}

Test(problem, has_a_status_and_a_type_for_every_error) {
    static const struct {
        err_t err;
        int status;
        const char *slug;
    } rows[] = {
        {OK, 500, "internal-error"},
        {ERR_INPUT, 400, "invalid-request"},
        {ERR_TOO_LARGE, 413, "too-large"},
        {ERR_DENIED, 403, "denied"},
        {ERR_NOT_FOUND, 404, "not-found"},
        {ERR_METHOD, 405, "method-not-allowed"},
        {ERR_MEDIA_TYPE, 415, "unsupported-media-type"},
        {ERR_STALE, 409, "stale"},
        {ERR_CONFLICT, 409, "conflict"},
        {ERR_INCONSISTENT, 422, "inconsistent"},
        {ERR_EXPIRED, 503, "expired"},
        {ERR_EXISTS, 500, "internal-error"},
        {ERR_BUDGET, 429, "budget-used-up"},
        {ERR_SIGNATURE, 500, "internal-error"},
        {ERR_PROOF, 400, "invalid-element"},
        {ERR_CORRUPT, 500, "internal-error"},
        {ERR_FULL, 503, "unavailable"},
        {ERR_IO, 500, "internal-error"},
        {ERR_MEMORY, 500, "internal-error"},
        {ERR_CRYPTO, 500, "internal-error"},
        {ERR_NETWORK, 500, "internal-error"},
        {ERR_TLS, 500, "internal-error"},
        {ERR_CARD, 500, "internal-error"},
        {ERR_REFUSED, 500, "internal-error"},
        {ERR_UNAVAILABLE, 503, "unavailable"},
    };
    cr_assert_eq(sizeof rows / sizeof rows[0], (size_t)ERR_UNAVAILABLE + 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(rows[i].err, (err_t)i);
        cr_expect_eq(problem_status(rows[i].err), rows[i].status, "%s", err_text(rows[i].err));
        cr_expect_str_eq(problem_slug(rows[i].err), rows[i].slug, "%s", err_text(rows[i].err));
    }
}

Test(problem, keeps_the_servers_own_faults_to_its_log) {
    is_written(ERR_IO, "/var/lib/signpost/journal: no such file",
               "{\"type\":\"urn:signpost:problem:internal-error\",\"title\":\"The server could not do this\","
               "\"status\":500,\"detail\":\"the server's log says why\"}");
    is_written(ERR_FULL, "/var/lib/signpost/lmdb: full",
               "{\"type\":\"urn:signpost:problem:unavailable\",\"title\":\"This cannot be answered now\","
               "\"status\":503,\"detail\":\"the server's log says why\"}");
}

Test(problem, always_has_a_detail_that_is_bounded_and_printable) {
    char lengthy[2000];
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    memcpy(lengthy, "a\x1b[2J\xff\"\n", 8);
    struct buf out = {0};
    json_t *document = NULL;
    cr_assert_eq(problem_write(ERR_INPUT, lengthy, &out), OK);
    cr_assert_eq(json_parse(buf_bytes(&out), &document), OK, "%s", err_detail());
    const char *detail = json_string_value(json_object_get(document, "detail"));
    cr_assert_not_null(detail);
    cr_expect_leq(strlen(detail), 400);
    cr_expect(strncmp(detail, "a?[2J?\"?xxx", 11) == 0, "%s", detail);
    json_decref(document);
    buf_free(&out);
    is_written(ERR_BUDGET, "",
               "{\"type\":\"urn:signpost:problem:budget-used-up\",\"title\":\"The budget is used up\",\"status\":429,"
               "\"detail\":\"budget used up\"}");
    is_written(ERR_BUDGET, NULL,
               "{\"type\":\"urn:signpost:problem:budget-used-up\",\"title\":\"The budget is used up\",\"status\":429,"
               "\"detail\":\"budget used up\"}");
}

Test(problem, reaches_the_client_as_the_same_error) {
    static const err_t kept[] = {ERR_INPUT,   ERR_PROOF,     ERR_DENIED,      ERR_NOT_FOUND, ERR_METHOD,
                                 ERR_STALE,   ERR_TOO_LARGE, ERR_MEDIA_TYPE,  ERR_BUDGET,    ERR_UNAVAILABLE,
                                 ERR_EXPIRED, ERR_CONFLICT,  ERR_INCONSISTENT};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct buf out = {0};
        cr_assert_eq(problem_write(kept[i], "for a reason", &out), OK);
        cr_expect_eq(problem_read(problem_status(kept[i]), buf_bytes(&out)), kept[i]);
        cr_expect_not_null(strstr(err_detail(), ": for a reason"), "%s", err_detail());
        buf_free(&out);
    }
}

Test(problem, of_the_server_itself_is_a_refusal_to_the_client) {
    for (int err = OK; err <= ERR_UNAVAILABLE; err++) {
        struct buf out = {0};
        cr_assert_eq(problem_write((err_t)err, "", &out), OK);
        if (problem_status((err_t)err) == 500) {
            cr_expect_eq(problem_read(500, buf_bytes(&out)), ERR_REFUSED, "%d", err);
        }
        buf_free(&out);
    }
}

Test(problem, of_another_making_is_a_refusal_and_never_ok) {
    static const struct {
        int status;
        const char *body, *says;
    } rows[] = {
        {502, "<html>Bad gateway</html>", "HTTP status 502 without a problem document"},
        {200, "", "HTTP status 200 without a problem document"},
        {503, "{}", "HTTP status 503"},
        {503, "[]", "HTTP status 503"},
        {503, "{\"title\":7,\"type\":[],\"detail\":{}}", "HTTP status 503"},
        {403, "{\"type\":\"about:blank\",\"title\":\"Forbidden\"}", "Forbidden"},
        {403, "{\"type\":\"urn:signpost:problem:\",\"title\":\"T\"}", "T"},
        {403, "{\"type\":\"urn:signpost:problem:denied-x\",\"title\":\"T\"}", "T"},
        {403, "{\"type\":\"urn:signpost:problem:internal-error\",\"title\":\"T\",\"detail\":\"D\"}", "T: D"},
        {0, "{\"type\":\"denied\",\"title\":\"T\"}", "T"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(problem_read(rows[i].status, bytes_str(rows[i].body)), ERR_REFUSED, "%s", rows[i].body);
        cr_expect_str_eq(err_detail(), rows[i].says);
    }
}

Test(problem, ignores_members_that_it_does_not_know) {
    const char *text = "{\"type\":\"urn:signpost:problem:stale\",\"title\":\"T\",\"instance\":\"/x\",\"epoch\":2}";
    cr_expect_eq(problem_read(409, bytes_str(text)), ERR_STALE);
}

Test(problem, shows_no_more_of_a_peers_text_than_a_line_of_plain_characters) {
    struct buf text = {0};
    buf_put_str(
        &text,
        "{\"type\":\"urn:signpost:problem:denied\",\"title\":\"\\u001b[31mred\\u0007\",\"detail\":\"a\\nb\x7f\xc3\xa9");
    for (size_t i = 0; i < 3000; i++) {
        buf_put_str(&text, "y");
    }
    buf_put_str(&text, "\"}");
    cr_expect_eq(problem_read(403, buf_bytes(&text)), ERR_DENIED);
    cr_expect(strncmp(err_detail(), "?[31mred?: a?b???yyy", 20) == 0, "%s", err_detail());
    cr_expect_leq(strlen(err_detail()), 410);
    for (const char *c = err_detail(); *c != '\0'; c++) {
        cr_expect(*c >= ' ' && *c <= '~');
    }
    buf_free(&text);
}

// The mutation helper wants an error of a reader; here every result but OK is one.
static err_t reads(struct bytes text) {
    err_t err = problem_read(403, text);
    cr_assert_neq(err, OK);
    cr_assert_leq(strlen(err_detail()), 410);
    return err == ERR_DENIED ? OK : ERR_INPUT;
}

Test(problem, survives_mutations) {
    const char *text = "{\"type\":\"urn:signpost:problem:denied\",\"title\":\"Not allowed\",\"status\":403,"
                       "\"detail\":\"d\"}";
    survives_noise(text, reads);
    survives_mutations(text, 5000, reads);
}
