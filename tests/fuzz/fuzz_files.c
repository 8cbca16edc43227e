// SPDX-License-Identifier: Apache-2.0
// Small files that daemons and clients read again: the highest version seen, a proxy's credentials, a handle key, local
// duty lines, and the answers of a run that was interrupted. The first byte chooses.
//
// Covers: proto/seen.c proto/http_proxy.c client/handle.c client/cli/contacts.c client/cli/answer_resume.c
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "client/cli/answer_lines.h"
#include "client/cli/contacts.h"
#include "client/handle.h"
#include "proto/http_proxy.h"
#include "proto/limits.h"
#include "proto/seen.h"
#include "tests/fuzz/fuzz.h"

// Only a version that is as it is written counts as seen, and a lower one is refused from then on.
static void try_seen(struct bytes text) {
    const char *folder = fuzz_folder();
    char *path = file_join(folder, "seen");
    struct buf after = {0};
    fuzz_put(folder, "seen", text);
    err_t err = seen_version(path, 500);
    MUST(err == OK || err == ERR_CORRUPT || err == ERR_STALE);
    if (err == OK) {
        MUST(file_read(path, 64, &after) == OK && bytes_equal(buf_bytes(&after), bytes_str("500\n")));
        MUST(seen_version(path, 499) == ERR_STALE && seen_version(path, 500) == OK && seen_version(path, 501) == OK);
    }
    buf_free(&after);
    free(path);
}

static void try_proxy(struct bytes text) {
    CURL *easy = curl_easy_init();
    char *url = fuzz_text(text);
    const struct http_proxy named = {.url = url}, with_file = {"http://proxy:3128", fuzz_file(text)};
    MUST(easy != NULL && unsetenv("https_proxy") == 0);
    if (http_proxy_check(&named) == OK) {
        MUST(strcmp(url, "none") == 0 || (strncmp(url, "http://", 7) == 0 && strchr(url, '@') == NULL));
        (void)http_proxy_apply(&named, easy);
    }
    if (http_proxy_apply(&with_file, easy) == OK) {
        MUST(text.len > 1 && memchr(text.data, ':', text.len) != NULL && text.data[0] != ':');
    }
    MUST(setenv("https_proxy", url, 1) == 0);
    MUST((http_proxy_check(&(struct http_proxy){0}) == OK) == (strncasecmp(url, "https://", 8) != 0));
    (void)unsetenv("https_proxy");
    (void)http_proxy_failure(easy, text.len % 2 == 0 ? CURLE_COULDNT_RESOLVE_PROXY : CURLE_OK);
    free(url);
    curl_easy_cleanup(easy);
}

static void try_handle(struct bytes text) {
    uint8_t *key = NULL, handle[HANDLE_SIZE];
    char *ref = fuzz_text(text);
    if (handle_key_load(fuzz_file(text), &key) == OK) {
        MUST(text.len == HANDLE_KEY_SIZE);
        MUST((handle_of(key, ref, handle) == OK) == (ref[0] != '\0'));
        secret_free(key);
    }
    free(ref);
}

static void try_contacts(struct bytes text) {
    char *read = contacts_load(fuzz_file(text)), *missing = contacts_load("/dev/shm/no such file");
    MUST(read != NULL && missing != NULL && contacts_load(NULL) == NULL);
    MUST(strstr(missing, "could not be read") != NULL);
    free(read);
    free(missing);
}

// The answers to the references a, b and "c,d"; what is kept is written as a line of the file again.
static void try_answers(struct bytes text) {
    static struct caseload_record record = {.line = 2};
    struct caseload_child children[3] = {{.ref = (char[]){"a"}}, {.ref = (char[]){"b"}}, {.ref = (char[]){"c,d"}}};
    for (size_t i = 0; i < 3; i++) {
        children[i].records = &record;
        children[i].record_count = 1;
    }
    const struct caseload caseload = {.children = children, .child_count = 3};
    struct answer_lines lines;
    size_t count = 0;
    MUST(answer_lines_make(&caseload, &lines) == OK);
    if (answer_lines_resume(&lines, fuzz_file(text), &count) == OK) {
        MUST(count <= lines.count);
        for (size_t i = 0; i < lines.count; i++) {
            struct buf line = {0};
            const struct outcome unasked = {.cause = CAUSE_DETAILS};
            MUST(i < count || lines.lines[i].kept == NULL);
            MUST(answer_line_put(&lines.lines[i], &unasked, false, &line) == OK);
            MUST(lines.lines[i].kept == NULL || bytes_equal(buf_bytes(&line), bytes_str(lines.lines[i].kept)));
            buf_free(&line);
        }
    }
    answer_lines_free(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const tries[])(struct bytes) = {try_seen, try_proxy, try_handle, try_contacts, try_answers};
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    tries[which % (sizeof tries / sizeof tries[0])](fuzz_rest(&input));
    return 0;
}
