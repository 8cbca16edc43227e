// SPDX-License-Identifier: Apache-2.0
// What a person types, or a program sends in their place. The first byte chooses: at a terminal, where a wrong answer
// is asked again, or a stream, where it is an error; which questions; and the match set.
//
// Covers: client/cli/prompt.c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/prompt.h"
#include "tests/fuzz/fuzz.h"

static FILE *nowhere(void) {
    static FILE *file;
    if (file == NULL) {
        file = fopen("/dev/null", "we");
        MUST(file != NULL);
    }
    return file;
}

static void ask_children(struct prompt *prompt, const struct match_set *set) {
    struct caseload caseload;
    bool more = true;
    for (size_t i = 0; more && i < 4; i++) {
        err_t err = prompt_child(prompt, set, i == 0 ? NULL : "ref", i % 2 == 1, &caseload);
        MUST(err == OK || err == ERR_INPUT || err == ERR_UNAVAILABLE);
        more = err == OK;
        if (more) {
            MUST(caseload.child_count == 1 && caseload.children[0].record_count >= 1);
            MUST(caseload.children[0].records[0].values.filled > 0);
            caseload_free(&caseload);
        }
    }
}

static void ask_others(struct prompt *prompt) {
    char *ref = NULL;
    enum purpose purpose;
    if (prompt_ref(prompt, &ref) == OK) {
        MUST(ref[0] != '\0' && strlen(ref) < sizeof prompt->line);
        free(ref);
    }
    if (prompt_purpose(prompt, &purpose) == OK) {
        MUST(purpose < PURPOSE_CANARY);
    }
    (void)prompt_yes(prompt, "? ");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) {
        struct prompt of_process;
        prompt_open(&of_process);
        prompt_close(&of_process);
        return 0;
    }
    struct prompt prompt = {.in = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r")};
    MUST(prompt.in != NULL);
    prompt.out = data[0] % 2 == 0 ? nowhere() : NULL;
    if (data[0] / 2 % 2 == 0) {
        ask_children(&prompt, match_set_find(data[0] / 4 % 2 == 0 ? "core" : "address"));
    } else {
        ask_others(&prompt);
    }
    prompt_close(&prompt);
    (void)fclose(prompt.in);
    return 0;
}
