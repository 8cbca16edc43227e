// SPDX-License-Identifier: Apache-2.0
// proto/openapi.yaml says what the program does: paths, words, problems, bounds, members and examples are compared in
// both directions. The file is read by its layout (two spaces a level, enums in one line or one word a line, examples
// as JSON), which is all that this test needs of YAML.
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "proto/evaluation.h"
#include "proto/involvement.h"
#include "proto/problem.h"
#include "proto/question.h"
#include "proto/role.h"
#include "proto/status.h"
#include "proto/witness.h"

#define EXAMPLE_SLOTS 6
#define LIST_MAX 64

static struct buf api, routes;

static void load(const char *name, struct buf *out) {
    const char *source = getenv("SIGNPOST_SOURCE");
    if (source == NULL) {
        cr_skip_test("skipped: SIGNPOST_SOURCE does not name the source folder");
    }
    char *path = file_join(source, name);
    cr_assert_not_null(path);
    cr_assert_eq(file_read(path, 1 << 20, out), OK, "%s", err_detail());
    cr_assert_not_null(buf_str(out));
    free(path);
}

static void load_both(void) {
    load("proto/openapi.yaml", &api);
    load("proto/routes.h", &routes);
}

static void free_both(void) {
    buf_free(&api);
    buf_free(&routes);
}

TestSuite(openapi, .init = load_both, .fini = free_both);

// The lines below the line `name` ("    Purpose:") that are indented deeper; the caller frees.
static char *section(const char *name) {
    char start[128];
    size_t indent = strspn(name, " ");
    snprintf(start, sizeof start, "\n%s\n", name);
    const char *from = strstr((const char *)api.data, start);
    cr_assert_not_null(from, "no section \"%s\"", name);
    from += strlen(start);
    const char *to = from;
    while (*to != '\0' && (*to == '\n' || strspn(to, " ") > indent)) {
        to += strcspn(to, "\n");
        to += *to == '\n';
    }
    char *text = strndup(from, (size_t)(to - from));
    cr_assert_not_null(text);
    return text;
}

struct list {
    char words[LIST_MAX][96];
    size_t count;
};

static bool list_has(const struct list *list, const char *word) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static void list_add(struct list *list, const char *word, size_t len) {
    cr_assert_lt(list->count, LIST_MAX);
    cr_assert_lt(len, sizeof list->words[0]);
    snprintf(list->words[list->count++], sizeof list->words[0], "%.*s", (int)len, word);
}

// The words after "enum:" or "required:" in a section: [a, 'b'] or a line "- a" each.
static struct list words_after(const char *text, const char *name) {
    struct list list = {.count = 0};
    const char *at = strstr(text, name);
    cr_assert_not_null(at, "no \"%s\" in: %s", name, text);
    at += strlen(name);
    bool flow = at[strspn(at, " ")] == '[';
    const char *between = flow ? " [,'" : " -\n";
    for (at += strspn(at, between); *at != '\0' && *at != ']'; at += strspn(at, between)) {
        size_t len = strcspn(at, flow ? ",']\n" : "\n");
        if (!flow && (memchr(at, ' ', len) != NULL || at[len - 1] == ':')) { // another key: the list has ended
            break;
        }
        list_add(&list, at, len);
        at += len;
    }
    cr_assert_gt(list.count, 0, "no words after \"%s\" in: %s", name, text);
    return list;
}

static void is_enum(const char *schema, const char *const *words, size_t count) {
    char *text = section(schema);
    struct list list = words_after(text, "enum:");
    for (size_t i = 0; i < count; i++) {
        cr_expect(list_has(&list, words[i]), "%s lacks \"%s\"", schema, words[i]);
    }
    cr_expect_eq(list.count, count, "%s has %zu words, the program %zu", schema, list.count, count);
    free(text);
}

Test(openapi, has_every_route_and_no_other) {
    size_t defined = 0;
    for (const char *at = (const char *)routes.data; (at = strstr(at, "#define ROUTE_")) != NULL; at++) {
        char line[128];
        const char *path = strchr(at, '"') + 1;
        snprintf(line, sizeof line, "\n  %.*s:\n", (int)strcspn(path, "\""), path);
        cr_expect_not_null(strstr((const char *)api.data, line), "missing:%s", line);
        defined++;
    }
    char *paths = section("paths:");
    size_t described = 0;
    for (const char *at = paths; *at != '\0'; at += at[0] == '\n') {
        described += strncmp(at, "  /", 3) == 0;
        at += strcspn(at, "\n");
    }
    cr_expect_eq(described, defined);
    cr_expect_gt(defined, 5);
    free(paths);
}

Test(openapi, has_every_word_and_no_other) {
    const char *words[LIST_MAX];
    size_t count = 0;
    for (; count < PURPOSE_COUNT; count++) {
        words[count] = purpose_text((enum purpose)count);
    }
    is_enum("    Purpose:", words, count);
    for (count = 0; count < ANSWER_COUNT; count++) {
        words[count] = answer_text((enum answer)count);
    }
    is_enum("    Answer:", words, count);
    for (count = 0; count < RESULT_COUNT; count++) {
        words[count] = change_result_text((enum change_result)count);
    }
    is_enum("    ChangeResult:", words, count);
    for (count = 0; count < ROLE_COUNT; count++) {
        words[count] = role_text((enum role)(1U << count));
    }
    is_enum("    Role:", words, count);
}

Test(openapi, has_every_action_and_no_other) {
    char *change = section("    Change:");
    const char *mapping = strstr(change, "mapping:\n");
    cr_assert_not_null(mapping);
    size_t mapped = 0;
    for (const char *at = mapping; (at = strstr(at, ": '#/")) != NULL; at++) {
        mapped++;
    }
    for (int i = 0; i < ACTION_COUNT; i++) {
        char row[32];
        snprintf(row, sizeof row, " %s: '#/", action_text((enum action)i));
        cr_expect_not_null(strstr(mapping, row), "Change lacks \"%s\"", row);
    }
    cr_expect_eq(mapped, ACTION_COUNT);
    free(change);
    char *plain = section("    PlainChange:");
    struct list list = words_after(plain, "enum:");
    cr_expect_eq(list.count, 3);
    for (int i = 0; i < ACTION_COUNT; i++) {
        bool is_plain = i != ACTION_OPEN && i != ACTION_REPLACE;
        cr_expect_eq(list_has(&list, action_text((enum action)i)), is_plain);
    }
    free(plain);
}

// The example of this name, as JSON; the caller decrefs.
static json_t *example(const char *name) {
    char start[128];
    json_error_t error;
    snprintf(start, sizeof start, "    %s:", name);
    char *text = section(start);
    const char *value = strchr(text, '{');
    cr_assert_not_null(value, "%s", name);
    json_t *document = json_loads(value, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(document, "%s: %s", name, error.text);
    free(text);
    return document;
}

static err_t reads_question(struct bytes text) {
    struct question question = {.count = 0};
    err_t err = question_read(text, EXAMPLE_SLOTS, &question);
    question_free(&question);
    return err;
}

static err_t reads_answers(struct bytes text) {
    struct answers answers;
    return answers_read(text, &answers);
}

static err_t reads_involvements(struct bytes text) {
    struct involvement_request request = {.count = 0};
    err_t err = involvement_request_read(text, EXAMPLE_SLOTS, &request);
    involvement_request_free(&request);
    return err;
}

static err_t reads_results(struct bytes text) {
    struct involvement_reply reply;
    return involvement_reply_read(text, &reply);
}

static err_t reads_scheme(struct bytes text) {
    struct scheme_status status;
    return scheme_status_read(text, &status);
}

static err_t reads_evaluation_request(struct bytes text) {
    struct evaluation_request request;
    return evaluation_request_read(text, &request);
}

static err_t reads_evaluations(struct bytes text) {
    struct evaluation_reply reply;
    return evaluation_reply_read(text, &reply);
}

static err_t reads_key(struct bytes text) {
    struct key_reply reply;
    return key_reply_read(text, &reply);
}

static err_t reads_whoami(struct bytes text) {
    struct whoami whoami;
    return whoami_read(text, &whoami);
}

static err_t reads_witness_request(struct bytes text) {
    struct witness_request request = {.old_size = 0};
    err_t err = witness_request_read(text, &request);
    witness_request_free(&request);
    return err;
}

static err_t reads_cosignature(struct bytes text) {
    struct buf line = {0};
    err_t err = witness_reply_read(text, &line);
    buf_free(&line);
    return err;
}

static err_t reads_heads(struct bytes text) {
    struct witness_heads heads = {.count = 0};
    err_t err = witness_heads_read(text, &heads);
    witness_heads_free(&heads);
    return err;
}

static const struct message {
    const char *example, *schema;
    err_t (*reads)(struct bytes text);
} messages[] = {
    {"question", "    Question:", reads_question},
    {"answers", "    Answers:", reads_answers},
    {"involvements", "    Involvements:", reads_involvements},
    {"involvementsWithoutQuestion", NULL, reads_involvements},
    {"involvementResults", "    InvolvementResults:", reads_results},
    {"involvementResultsWithoutQuestion", NULL, reads_results},
    {"schemeStatus", "    SchemeStatus:", reads_scheme},
    {"evaluationRequest", NULL, reads_evaluation_request},
    {"evaluationForSubjectAccess", "    EvaluationRequest:", reads_evaluation_request},
    {"evaluations", "    Evaluations:", reads_evaluations},
    {"key", "    Key:", reads_key},
    {"whoami", "    Whoami:", reads_whoami},
    {"witnessRequest", "    WitnessRequest:", reads_witness_request},
    {"cosignature", "    Cosignature:", reads_cosignature},
    {"heads", "    Heads:", reads_heads},
};
#define MESSAGES (sizeof messages / sizeof messages[0])

static err_t reads_document(const struct message *message, const json_t *document) {
    char *text = json_dumps(document, JSON_COMPACT);
    cr_assert_not_null(text);
    err_t err = message->reads(bytes_str(text));
    free(text);
    return err;
}

Test(openapi, has_examples_that_the_program_reads) {
    for (size_t i = 0; i < MESSAGES; i++) {
        json_t *document = example(messages[i].example);
        cr_expect_eq(reads_document(&messages[i], document), OK, "%s: %s", messages[i].example, err_detail());
        json_decref(document);
    }
}

// The members that a schema lists are those of its example, which holds every one; and those that it requires are those
// that the reader misses.
static void has_members(const char *schema, const json_t *object) {
    char *text = section(schema);
    const char *properties = strstr(text, "\n      properties:\n");
    cr_assert_not_null(properties, "%s", schema);
    properties += strlen("\n      properties:");
    size_t listed = 0;
    for (const char *at = properties; at != NULL; at = strchr(at + 1, '\n')) {
        size_t indent = strspn(at + 1, " ");
        if (indent < 8) {
            break;
        }
        listed += indent == 8;
    }
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)object, name, value) {
        char line[96];
        snprintf(line, sizeof line, "\n        %s:", name);
        cr_expect_not_null(strstr(properties, line), "%s lacks \"%s\"", schema, name);
    }
    cr_expect_eq(listed, json_object_size(object), "%s", schema);
    free(text);
}

Test(openapi, has_the_members_of_each_message) {
    for (size_t i = 0; i < MESSAGES; i++) {
        json_t *document = example(messages[i].example);
        if (messages[i].schema != NULL) {
            has_members(messages[i].schema, document);
        }
        json_decref(document);
    }
    json_t *with = example("involvements");
    json_t *without = example("involvementsWithoutQuestion");
    const json_t *changes = json_object_get(with, "changes");
    has_members("    OpenChange:", json_array_get(changes, 0));
    has_members("    ReplaceChange:", json_array_get(changes, 1));
    has_members("    PlainChange:", json_array_get(json_object_get(without, "changes"), 0));
    json_decref(with);
    json_decref(without);
}

// Takes each member of `object` away in turn, which is a part of `document`, and compares the reader with the schema.
static void requires(const struct message *message, const char *schema, const json_t *document, json_t *object) {
    char *text = section(schema);
    struct list required = words_after(text, "\n      required:");
    json_t *whole = json_copy(object);
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(whole, name, value) {
        cr_assert_eq(json_object_del(object, name), 0);
        cr_expect_eq(reads_document(message, document) != OK, list_has(&required, name), "%s: %s", schema, name);
        cr_assert_eq(json_object_set(object, name, value), 0);
    }
    json_decref(whole);
    free(text);
}

Test(openapi, requires_what_the_program_requires) {
    for (size_t i = 0; i < MESSAGES; i++) {
        json_t *document = example(messages[i].example);
        // The three members that answer come together or not at all: the schema says so in dependentRequired.
        if (messages[i].schema != NULL && messages[i].reads != reads_results) {
            requires(&messages[i], messages[i].schema, document, document);
        }
        json_decref(document);
    }
    json_t *document = example("involvements");
    json_t *changes = json_object_get(document, "changes");
    requires(&messages[2], "    OpenChange:", document, json_array_get(changes, 0));
    requires(&messages[2], "    ReplaceChange:", document, json_array_get(changes, 1));
    json_decref(document);
    document = example("involvementsWithoutQuestion");
    requires(&messages[3], "    PlainChange:", document, json_array_get(json_object_get(document, "changes"), 0));
    json_decref(document);
    document = example("involvementResultsWithoutQuestion");
    requires(&messages[5], "    InvolvementResults:", document, document);
    json_decref(document);
}

static bool is_problem_of(err_t err, const json_t *document) {
    struct buf written = {0};
    json_error_t error;
    cr_assert_eq(problem_write(err, json_string_value(json_object_get(document, "detail")), &written), OK);
    json_t *ours = json_loads(buf_str(&written), 0, &error);
    cr_assert_not_null(ours);
    bool same = json_equal(ours, document) == 1;
    json_decref(ours);
    buf_free(&written);
    return same;
}

Test(openapi, has_every_problem_with_an_example_and_no_other) {
    char *types = section("    ProblemType:");
    char *responses = section("  responses:");
    struct list listed = words_after(types, "enum:\n");
    struct list slugs = {.count = 0};
    for (int err = OK; err <= ERR_UNAVAILABLE; err++) {
        const char *slug = problem_slug((err_t)err);
        char type[96];
        char described[96];
        snprintf(type, sizeof type, "urn:signpost:problem:%s", slug);
        snprintf(described, sizeof described, "\n        %s", slug);
        cr_expect(list_has(&listed, type), "ProblemType lacks \"%s\"", type);
        cr_expect_not_null(strstr(responses, described), "no response describes \"%s\"", slug);
        if (!list_has(&slugs, slug)) {
            list_add(&slugs, slug, strlen(slug));
        }
    }
    cr_expect_eq(listed.count, slugs.count);
    free(types);
    free(responses);
}

Test(openapi, has_problem_examples_as_the_program_writes_them) {
    static const struct {
        const char *example;
        err_t err;
    } rows[] = {
        {"invalidRequest", ERR_INPUT},    {"invalidElement", ERR_PROOF},
        {"denied", ERR_DENIED},           {"notFound", ERR_NOT_FOUND},
        {"methodNotAllowed", ERR_METHOD}, {"stale", ERR_STALE},
        {"tooLarge", ERR_TOO_LARGE},      {"unsupportedMediaType", ERR_MEDIA_TYPE},
        {"budgetUsedUp", ERR_BUDGET},     {"internalError", ERR_IO},
        {"unavailable", ERR_UNAVAILABLE}, {"expired", ERR_EXPIRED},
        {"conflict", ERR_CONFLICT},       {"inconsistent", ERR_INCONSISTENT},
    };
    const size_t problems = sizeof rows / sizeof rows[0];
    for (size_t i = 0; i < problems; i++) {
        json_t *document = example(rows[i].example);
        cr_expect(is_problem_of(rows[i].err, document), "%s", rows[i].example);
        json_decref(document);
    }
    size_t values = 0;
    for (const char *at = (const char *)api.data; (at = strstr(at, "\n      value:\n")) != NULL; at++) {
        values++;
    }
    cr_expect_eq(values, MESSAGES + problems, "every example is looked at here");
}

Test(openapi, has_every_status_of_a_problem_and_no_other) {
    char *problem = section("    Problem:");
    struct list listed = words_after(problem, "enum:");
    struct list known = {.count = 0};
    for (int err = OK; err <= ERR_UNAVAILABLE; err++) {
        char status[8];
        snprintf(status, sizeof status, "%d", problem_status((err_t)err));
        cr_expect(list_has(&listed, status), "Problem lacks the status %s", status);
        if (!list_has(&known, status)) {
            list_add(&known, status, strlen(status));
        }
    }
    cr_expect_eq(listed.count, known.count);
    free(problem);
}

Test(openapi, has_the_bounds_of_the_program) {
    static const struct {
        const char *schema, *before;
        unsigned long long bound;
    } rows[] = {
        {"    Id:", "maxLength: ", MAX_ID},
        {"    Identity:", "maxLength: ", MAX_URN},
        {"    Epoch:", "maximum: ", MAX_EPOCH},
        {"    Version:", "maximum: ", MAX_VERSION},
        {"    Holder:", "maximum: ", MAX_HOLDERS},
        {"    Token:", "maxLength: ", BASE64_SIZE(TOKEN_SIZE) - 1},
        {"    Token:", "minLength: ", BASE64_SIZE(TOKEN_SIZE) - 1},
        {"    Token:", "description: ", TOKEN_SIZE},
        {"    TokenSet:", "maxItems: ", MAX_TOKENS},
        {"    StoreId:", "maxLength: ", BASE64_SIZE(STORE_ID_SIZE) - 1},
        {"    StoreId:", "minLength: ", BASE64_SIZE(STORE_ID_SIZE) - 1},
        {"    Handle:", "maxLength: ", BASE64_SIZE(HANDLE_SIZE) - 1},
        {"    Handle:", "minLength: ", BASE64_SIZE(HANDLE_SIZE) - 1},
        {"    Element:", "maxLength: ", BASE64_SIZE(ELEMENT_SIZE) - 1},
        {"    Element:", "minLength: ", BASE64_SIZE(ELEMENT_SIZE) - 1},
        {"    Proof:", "maxLength: ", BASE64_SIZE(PROOF_SIZE) - 1},
        {"    Proof:", "minLength: ", BASE64_SIZE(PROOF_SIZE) - 1},
        {"    Question:", "maxItems: ", MAX_CHILDREN},
        {"    Answers:", "maxItems: ", MAX_CHILDREN},
        {"    Involvements:", "maxItems: ", MAX_CHILDREN},
        {"    InvolvementResults:", "maxItems: ", MAX_CHILDREN},
        {"    EvaluationRequest:", "maxItems: ", MAX_ELEMENTS},
        {"    Evaluations:", "maxItems: ", MAX_ELEMENTS},
        {"    Whoami:", "maxItems: ", ROLE_COUNT},
        {"    SchemeStatus:", "maximum: ", MAX_ROSTER_ENTRIES},
        {"    ContentTooLarge:", "the head is longer than ", MAX_HEADERS / 1024},
        {"    ContentTooLarge:", "the body longer than ", MAX_BODY / 1024},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = section(rows[i].schema);
        const char *at = strstr(text, rows[i].before);
        cr_assert_not_null(at, "%s %s", rows[i].schema, rows[i].before);
        for (; at != NULL; at = strstr(at + 1, rows[i].before)) {
            char *end = NULL;
            cr_expect_eq(strtoull(at + strlen(rows[i].before), &end, 10), rows[i].bound, "%s %s", rows[i].schema,
                         rows[i].before);
        }
        free(text);
    }
}

Test(openapi, and_the_protocol_document_have_the_same_words_and_problems) {
    struct buf document = {0};
    load("docs/protocol.md", &document);
    const char *text = (const char *)document.data;
    char shown[96];
    for (int i = 0; i < PURPOSE_COUNT; i++) {
        snprintf(shown, sizeof shown, "`%s`", purpose_text((enum purpose)i));
        cr_expect_not_null(strstr(text, shown), "docs/protocol.md lacks %s", shown);
    }
    for (int i = 0; i < ANSWER_COUNT; i++) {
        snprintf(shown, sizeof shown, "\n| `%s` | ", answer_text((enum answer)i));
        cr_expect_not_null(strstr(text, shown), "docs/protocol.md lacks %s", shown);
    }
    for (int i = 0; i < ACTION_COUNT; i++) {
        snprintf(shown, sizeof shown, "`%s`", action_text((enum action)i));
        cr_expect_not_null(strstr(text, shown), "docs/protocol.md lacks %s", shown);
    }
    for (int i = 0; i < RESULT_COUNT; i++) {
        snprintf(shown, sizeof shown, "`%s`", change_result_text((enum change_result)i));
        cr_expect_not_null(strstr(text, shown), "docs/protocol.md lacks %s", shown);
    }
    for (int i = 0; i < ROLE_COUNT; i++) {
        snprintf(shown, sizeof shown, "`%s`", role_text((enum role)(1U << i)));
        cr_expect_not_null(strstr(text, shown), "docs/protocol.md lacks %s", shown);
    }
    for (int err = OK; err <= ERR_UNAVAILABLE; err++) {
        snprintf(shown, sizeof shown, "\n| %d | `%s` | ", problem_status((err_t)err), problem_slug((err_t)err));
        cr_expect_not_null(strstr(text, shown), "docs/protocol.md lacks %s", shown);
    }
    for (const char *at = (const char *)routes.data; (at = strstr(at, "#define ROUTE_")) != NULL; at++) {
        const char *path = strchr(at, '"') + 1;
        snprintf(shown, sizeof shown, " %.*s\n", (int)strcspn(path, "\""), path);
        cr_expect_not_null(strstr(text, shown), "docs/protocol.md lacks %s", shown);
    }
    buf_free(&document);
}
